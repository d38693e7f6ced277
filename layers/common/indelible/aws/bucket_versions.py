"""The versions of the locked bucket, listed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..watching.ports import KeyVersions, VersionPage
from .clients import unavailable_on_failure
from .locked_bucket import S3LockedBucket

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class S3VersionedBucket(S3LockedBucket):
    """Implements `watching.ports.VersionedBucket`."""

    def __init__(self, client: S3Client, bucket: str) -> None:
        super().__init__(client, bucket)
        self._s3, self._name = client, bucket

    def versions(self, prefix: str, after: str) -> VersionPage:
        """The keys with this prefix that follow `after`, with all their versions and markers.

        One call, for 1,000 versions. A page may end between the versions of a key. So its last key
        is left to the next page, unless it is the only one: then it has 1,000 versions at least. S3
        lists keys after the marker, emulators also the marker itself.
        https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html
        """
        wanted: dict[str, Any] = {"Bucket": self._name, "Prefix": prefix}
        if after:
            wanted["KeyMarker"] = after
        with unavailable_on_failure("S3"):
            answer = self._s3.list_object_versions(**wanted)
        found: dict[str, list[int]] = {}
        for version in answer.get("Versions", []):
            found.setdefault(version["Key"], [0, 0])[0] += 1
        for marker in answer.get("DeleteMarkers", []):
            found.setdefault(marker["Key"], [0, 0])[1] += 1
        keys = sorted((each for each in found if each > after), key=str.encode)
        if answer.get("IsTruncated") and len(keys) > 1:
            keys = keys[:-1]
        page = [KeyVersions(key, *found[key]) for key in keys]
        return VersionPage(page, keys[-1] if keys and answer.get("IsTruncated") else None)
