"""The bucket of states: one object, whose versions are the states of all runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from ..checkpoints.object_keys import STATE
from ..errors import Unavailable
from .clients import error_code, unavailable_on_failure
from .objects import body_md5

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_NO_SUCH_STATE = {"NoSuchVersion", "NoSuchKey", "InvalidArgument", "MethodNotAllowed"}
"""S3's answers if there is no such version, if it cannot be one, or if it is a delete marker."""


class S3States:
    """Implements `covering.ports.States` with the versions that S3 keeps.

    States are read by version, never as the newest one: a late put of another run is newer. The
    version that was put or read last is remembered, because no version ever changes: the next run
    begins with it.
    """

    def __init__(self, client: S3Client, bucket: str) -> None:
        self._client = client
        self._bucket = bucket
        self._last = ("", b"")

    def put(self, content: bytes) -> str:
        """Store a new version; returns its id."""
        with unavailable_on_failure("S3"):
            answer = self._client.put_object(
                Bucket=self._bucket, Key=STATE, Body=content, ContentMD5=body_md5(content)
            )
        version = answer.get("VersionId")
        if not version:
            raise Unavailable("S3 keeps no versions in the bucket of states; enable versioning")
        self._last = version, content
        return version

    def read(self, version: str) -> bytes | None:
        """The bytes of a version; None if there is no such version.

        The id may be any text: a writer of the turn in the table chooses it.
        """
        if version and version == self._last[0]:
            return self._last[1]
        with unavailable_on_failure("S3"):
            try:
                answer = self._client.get_object(Bucket=self._bucket, Key=STATE, VersionId=version)
                self._last = version, answer["Body"].read()
            except ClientError as error:
                if error_code(error) not in _NO_SUCH_STATE:
                    raise
                return None
        return self._last[1]
