"""The watcher's position: an object of the state bucket, of which the newest version counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from ..checkpoints.object_keys import WATCHER
from .clients import error_code, unavailable_on_failure
from .objects import body_md5

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class S3WatcherPosition:
    """Implements `watching.ports.Positions`. A writer of the table cannot change it."""

    def __init__(self, client: S3Client, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def read(self) -> bytes | None:
        """What was written last; None before the first time."""
        with unavailable_on_failure("S3"):
            try:
                return self._client.get_object(Bucket=self._bucket, Key=WATCHER)["Body"].read()
            except ClientError as error:
                if error_code(error) != "NoSuchKey":
                    raise
                return None

    def write(self, content: bytes) -> None:
        """Write the position."""
        with unavailable_on_failure("S3"):
            self._client.put_object(
                Bucket=self._bucket, Key=WATCHER, Body=content, ContentMD5=body_md5(content)
            )
