"""The locked bucket: objects of S3 that nobody can replace or delete while their lock lasts.

The bucket locks what is put into it (Object Lock with a default retention). Its policy refuses puts
without a condition. So whoever puts a key first decides what it holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from ..backoff import Backoff
from ..checkpoints.object_keys import ORIGIN, RUNS, SIGNING_KEYS
from ..errors import Contradiction, Unavailable
from .clients import error_code, unavailable_on_failure
from .objects import body_md5

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

READS_AT_A_TIME = 16
"""Objects that `read_many` reads at the same time."""

_PUTS = 5
_FIRST_PAUSE_SECONDS = 0.05
"""The pauses between five puts add up to 0.75 seconds at most."""


class S3LockedBucket:
    """Implements `covering.ports.LockedBucket`, and `proving.ports.ListedBucket`.

    Reads and lists of S3 always see the last put. A process remembers the origin, the keys of the
    log, and the run that it read or put last: an idle run would otherwise spend most of its reads
    on them. Whether there is a next run is never remembered. If somebody replaces an object, the
    watcher finds it.
    """

    def __init__(self, client: S3Client, bucket: str) -> None:
        self._client = client
        self._bucket = bucket
        self._remembered: dict[str, bytes] = {}
        self._last_run = ("", b"")

    def read(self, key: str) -> bytes | None:
        """The object's bytes; None if there never was one.

        The first missing object of a run decides which run is next. So a refusal is Unavailable,
        not None: without `s3:ListBucket`, S3 refuses reads of missing objects too. An object behind
        a delete marker raises Contradiction.
        https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
        """
        if key in self._remembered:
            return self._remembered[key]
        if key == self._last_run[0]:
            return self._last_run[1]
        content = self._read(key)
        if content is not None:
            self._remember(key, content)
        return content

    def read_many(self, keys: Sequence[str]) -> dict[str, bytes]:
        """The bytes of those objects that exist."""
        if not keys:
            return {}
        with ThreadPoolExecutor(min(READS_AT_A_TIME, len(keys))) as pool:
            found = pool.map(self.read, keys)
            return {key: each for key, each in zip(keys, found, strict=True) if each is not None}

    def keys(self, prefix: str) -> list[str]:
        """The keys that begin with this prefix, in order: at most 1,000, which is one call."""
        with unavailable_on_failure("S3"):
            answer = self._client.list_objects_v2(Bucket=self._bucket, Prefix=prefix)
        return [each["Key"] for each in answer.get("Contents", [])]

    def put_new(self, key: str, content: bytes) -> bool:
        """Store an object unless the key has one. Returns whether it was stored.

        botocore repeats a call whose reply is lost. Then this returns False, though it was stored.
        After Unavailable it may have been stored, too.
        """
        backoff = Backoff(_FIRST_PAUSE_SECONDS)
        for _ in range(_PUTS - 1):
            if (is_stored := self._put(key, content)) is not None:
                return is_stored
            backoff.pause()
        if (is_stored := self._put(key, content)) is None:
            raise Unavailable(f"S3 has other puts of {key} under way")
        return is_stored

    def _remember(self, key: str, content: bytes) -> None:
        if key.startswith(RUNS):
            self._last_run = key, content
        elif key.startswith((ORIGIN, SIGNING_KEYS)):
            self._remembered[key] = content

    def _read(self, key: str) -> bytes | None:
        with unavailable_on_failure("S3"):
            try:
                return self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read()
            except ClientError as error:
                if error_code(error) != "NoSuchKey":
                    raise
                if _is_behind_marker(error):
                    raise Contradiction(
                        f"Somebody put a delete marker on {key} in the bucket of checkpoints. The"
                        " object is still there. Remove the marker, and find out who put it."
                    ) from None
                return None

    def _put(self, key: str, content: bytes) -> bool | None:
        """Whether the object was stored; None if S3 cannot tell yet, because of another put.

        https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
        """
        with unavailable_on_failure("S3"):
            try:
                self._client.put_object(
                    Bucket=self._bucket,
                    Key=key,
                    Body=content,
                    ContentMD5=body_md5(content),
                    IfNoneMatch="*",
                )
            except ClientError as error:
                if error_code(error) == "ConditionalRequestConflict":
                    return None
                if error_code(error) != "PreconditionFailed":
                    raise
                return False
        self._remember(key, content)
        return True


def _is_behind_marker(error: ClientError) -> bool:
    headers = error.response.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    return headers.get("x-amz-delete-marker") == "true"
