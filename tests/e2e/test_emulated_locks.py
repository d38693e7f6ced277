"""The local stack locks versions and knows the keys of policies as AWS does.

If it did not, the tests of the locked bucket would pass for nothing, or fail for nothing.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError
from e2e.assumed_role import arn_of, session_of_role

from tools.local.aws import root_session
from tools.local.stack import Stack
from tools.local.waiting import wait_until

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

IN_INDIA = timezone(timedelta(hours=5, minutes=30))
IN_PERU = timezone(timedelta(hours=-5))
PARTS = 5 * 1024 * 1024


@pytest.fixture(scope="module")
def root(stack: Stack) -> S3Client:
    return root_session().client("s3", endpoint_url=stack.endpoint_url)


@pytest.fixture(scope="module")
def bucket(root: S3Client) -> Iterator[str]:
    """A bucket whose versions are locked for a day, without a policy."""
    name = f"locks-{secrets.token_hex(6)}"
    root.create_bucket(Bucket=name, ObjectLockEnabledForBucket=True)
    root.put_object_lock_configuration(
        Bucket=name,
        ObjectLockConfiguration={
            "ObjectLockEnabled": "Enabled",
            "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1}},
        },
    )
    yield name
    for each in root.list_object_versions(Bucket=name).get("Versions", []):
        root.delete_object(
            Bucket=name,
            Key=each["Key"],
            VersionId=each["VersionId"],
            BypassGovernanceRetention=True,
        )
    root.delete_bucket(Bucket=name)


def code_of(client: Any, method: str, **arguments: Any) -> str:
    """ "allowed", or the code of the error."""
    try:
        getattr(client, method)(**arguments)
    except ClientError as error:
        return error.response["Error"]["Code"]
    return "allowed"


def allow(*actions: str, **condition: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": [*actions], "Resource": "*", **condition}


def days_ahead(days: float) -> datetime:
    return datetime.now(UTC) + timedelta(days=days)


def put_locked_until(stack: Stack, bucket: str, until: datetime) -> dict[str, Any]:
    """A version with this lock. boto3 sends dates in UTC, so the header is written by hand."""
    client = root_session().client("s3", endpoint_url=stack.endpoint_url)

    def send_offset(params: dict[str, Any], **_: Any) -> None:
        params["headers"]["x-amz-object-lock-retain-until-date"] = until.isoformat()

    client.meta.events.register("before-call.s3.PutObject", send_offset)
    at: dict[str, Any] = {"Bucket": bucket, "Key": "offset"}
    lock: Any = {"ObjectLockMode": "GOVERNANCE", "ObjectLockRetainUntilDate": until}
    return {**at, "VersionId": client.put_object(**at, **lock, Body=b"x")["VersionId"]}


def test_a_lock_ends_when_its_date_is_given_with_an_offset(
    stack: Stack, root: S3Client, bucket: str
) -> None:
    """As text, the first date is past already, and the second one is hours away."""
    held = put_locked_until(stack, bucket, datetime.now(IN_PERU) + timedelta(hours=1))
    ended = put_locked_until(stack, bucket, datetime.now(IN_INDIA) + timedelta(seconds=2))
    wait_until("the lock ends", lambda: code_of(root, "delete_object", **ended) == "allowed")
    assert code_of(root, "delete_object", **held) == "AccessDenied"


def test_an_object_uploaded_in_parts_is_locked_too(root: S3Client, bucket: str) -> None:
    at: dict[str, Any] = {"Bucket": bucket, "Key": "parts"}
    upload = {**at, "UploadId": root.create_multipart_upload(**at)["UploadId"]}
    parts: list[Any] = [
        {
            "PartNumber": number,
            "ETag": root.upload_part(**upload, PartNumber=number, Body=body)["ETag"],
        }
        for number, body in ((1, b"x" * PARTS), (2, b"y"))
    ]
    done = root.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
    version = {**at, "VersionId": done["VersionId"]}
    assert root.get_object_retention(**version)["Retention"]["Mode"] == "GOVERNANCE"
    assert code_of(root, "delete_object", **version) == "AccessDenied"


def test_versioning_of_a_bucket_with_locks_stays_on(root: S3Client, bucket: str) -> None:
    def suspend(name: str) -> str:
        suspended = {"Status": "Suspended"}
        return code_of(
            root, "put_bucket_versioning", Bucket=name, VersioningConfiguration=suspended
        )

    assert suspend(bucket) == "InvalidBucketState"
    other = f"no-locks-{secrets.token_hex(6)}"
    root.create_bucket(Bucket=other)
    assert suspend(other) == "allowed"
    root.delete_bucket(Bucket=other)


def test_a_put_with_a_lock_of_its_own_needs_the_permission_to_lock(
    stack: Stack, bucket: str
) -> None:
    put: dict[str, Any] = {"Bucket": bucket, "Key": "own-lock", "Body": b"x"}
    lock = {"ObjectLockMode": "GOVERNANCE", "ObjectLockRetainUntilDate": days_ahead(5)}
    with session_of_role(stack, "puts-objects", allow("s3:PutObject")) as session:
        client = session.client("s3", endpoint_url=stack.endpoint_url)
        assert code_of(client, "put_object", **put) == "allowed"
        assert code_of(client, "put_object", **put, **lock) == "AccessDenied"
    both = allow("s3:PutObject", "s3:PutObjectRetention")
    with session_of_role(stack, "puts-locked-objects", both) as session:
        client = session.client("s3", endpoint_url=stack.endpoint_url)
        assert code_of(client, "put_object", **put, **lock) == "allowed"


def test_policies_know_the_conditions_and_the_lock_of_a_put(stack: Stack, bucket: str) -> None:
    conditional = allow("s3:PutObject", Condition={"Null": {"s3:if-none-match": "false"}})
    short = allow(
        "s3:PutObject",
        "s3:PutObjectRetention",
        Condition={
            "StringEquals": {"s3:object-lock-mode": "GOVERNANCE"},
            "NumericLessThanEquals": {"s3:object-lock-remaining-retention-days": "10"},
        },
    )
    always_lock = allow("s3:PutObjectRetention")
    with session_of_role(stack, "puts-by-rules", conditional, short, always_lock) as session:
        client = session.client("s3", endpoint_url=stack.endpoint_url)

        def put(**others: Any) -> str:
            key = secrets.token_hex(6)
            return code_of(client, "put_object", Bucket=bucket, Key=key, Body=b"x", **others)

        def locked(mode: str, days: float) -> str:
            return put(ObjectLockMode=mode, ObjectLockRetainUntilDate=days_ahead(days))

        assert put() == "AccessDenied"
        assert put(IfNoneMatch="*") == "allowed"
        assert locked("GOVERNANCE", 10.5) == "allowed"
        assert locked("GOVERNANCE", 11.5) == "AccessDenied"
        assert locked("COMPLIANCE", 0.5) == "AccessDenied"


def test_a_role_is_known_by_its_own_arn_and_not_by_that_of_its_session(stack: Stack) -> None:
    name = "is-known-by-its-arn"
    others = {"ArnNotEquals": {"aws:PrincipalArn": arn_of(name)}}
    refuse_others = {**allow("s3:ListAllMyBuckets", Condition=others), "Effect": "Deny"}
    with session_of_role(stack, name, allow("s3:ListAllMyBuckets"), refuse_others) as session:
        client = session.client("s3", endpoint_url=stack.endpoint_url)
        assert code_of(client, "list_buckets") == "allowed"
    with session_of_role(
        stack, "is-another-role", allow("s3:ListAllMyBuckets"), refuse_others
    ) as session:
        client = session.client("s3", endpoint_url=stack.endpoint_url)
        assert code_of(client, "list_buckets") == "AccessDenied"
