"""Object Lock of S3: locks that hold as long as on AWS, in buckets of the template too."""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from ministack.services import s3  # type: ignore[import-not-found,unused-ignore]
from ministack.services.cloudformation import (  # type: ignore[import-not-found,unused-ignore]
    provisioners,
)

_UNTIL = "x-amz-object-lock-retain-until-date"
_NOT_SUSPENDED = (
    "An Object Lock configuration is present on this bucket, so the versioning state cannot be "
    "changed."
)


def keep_locks() -> None:
    """Store which versions are locked. MiniStack stores the locks of buckets only.

    So after a restart every version could be deleted.
    """
    s3._PERSISTED_BUCKET_DICTS.update(
        object_retention=s3._object_retention, object_legal_hold=s3._object_legal_hold
    )


def compare_dates_of_locks_in_utc() -> None:
    """Store the end of a lock in UTC. MiniStack compares dates as text, and takes any offset."""
    lock = s3._apply_object_lock_from_headers

    def lock_in_utc(bucket: str, key: str, headers: dict[str, str], version: str | None) -> None:
        if until := headers.get(_UNTIL):
            moment = datetime.fromisoformat(until).astimezone(UTC)
            headers = {**headers, _UNTIL: moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")}
        lock(bucket, key, headers, version)

    s3._apply_object_lock_from_headers = lock_in_utc


def lock_joined_uploads() -> None:
    """Lock an object that was uploaded in parts as its bucket locks every other one.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html
    """
    complete = s3._complete_multipart_upload

    def complete_and_lock(bucket: str, key: str, *rest: Any, **named: Any) -> Any:
        answer = complete(bucket, key, *rest, **named)
        status, headers, _ = answer
        if status == HTTPStatus.OK and s3._bucket_object_lock.get(bucket):
            s3._apply_object_lock_from_headers(bucket, key, {}, headers.get("x-amz-version-id"))
        return answer

    s3._complete_multipart_upload = complete_and_lock


def keep_versioning_of_locked_buckets() -> None:
    """Refuse to suspend the versioning of a bucket with Object Lock, as AWS does.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html
    """
    put = s3._put_bucket_versioning

    def put_unless_locked(name: str, body: bytes) -> Any:
        if b"Suspended" in body and s3._bucket_object_lock.get(name):
            return s3._error("InvalidBucketState", _NOT_SUSPENDED, HTTPStatus.CONFLICT)
        return put(name, body)

    s3._put_bucket_versioning = put_unless_locked


def lock_buckets_of_templates() -> None:
    """Take Object Lock from a template. MiniStack makes such a bucket without a lock.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-s3-bucket.html
    """
    configure = provisioners._s3_apply_configurations

    def configure_with_lock(name: str, properties: dict[str, Any], *before: Any) -> None:
        configure(name, properties, *before)
        if str(properties.get("ObjectLockEnabled", "")).lower() == "true":
            s3._bucket_versioning[name] = "Enabled"
            s3._bucket_object_lock[name] = {
                "enabled": True,
                "default_retention": _default_retention(properties),
            }

    provisioners._s3_apply_configurations = configure_with_lock


def _default_retention(properties: dict[str, Any]) -> dict[str, Any] | None:
    """The default retention of a bucket in a template; its parameters are texts."""
    rule = properties.get("ObjectLockConfiguration", {}).get("Rule", {}).get("DefaultRetention")
    if rule is None:
        return None
    return {
        name: int(value) if name in ("Days", "Years") else value for name, value in rule.items()
    }
