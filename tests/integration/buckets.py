"""The buckets of checkpoints on moto, as template.yaml has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from indelible.aws.clients import prompt_s3_client

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

LOCKED, STATES = "locked", "states"


def make_buckets() -> S3Client:
    """Create both buckets, empty, and return a client of them."""
    client = prompt_s3_client()
    client.create_bucket(Bucket=LOCKED, ObjectLockEnabledForBucket=True)
    client.put_object_lock_configuration(
        Bucket=LOCKED,
        ObjectLockConfiguration={
            "ObjectLockEnabled": "Enabled",
            "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 30}},
        },
    )
    client.create_bucket(Bucket=STATES)
    client.put_bucket_versioning(Bucket=STATES, VersioningConfiguration={"Status": "Enabled"})
    return client


def versions_of(client: S3Client, bucket: str, key: str) -> list[Any]:
    """The versions of a key, delete markers left out."""
    found = client.list_object_versions(Bucket=bucket, Prefix=key)
    return [each for each in found.get("Versions", []) if each["Key"] == key]
