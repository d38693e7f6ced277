"""The keys that sign the log, each with the size of the log from which on it does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from ..checkpoints.object_keys import KEYS
from ..covering.ports import LockedBucket
from ..errors import DamagedItem, Unreadable
from ..tlog.keys import VerifierKey
from ..tlog.spelling import read_number, read_text
from .ports import ListedBucket

_MAX_BYTES = 1_024


@dataclass(frozen=True, slots=True)
class LogKey:
    """A key of the log, and the size of the first tree that it signed."""

    key: VerifierKey
    first_size: int


class Bucket(LockedBucket, ListedBucket, Protocol):
    """The locked bucket, read and listed."""


def read_log_keys(bucket: Bucket) -> list[LogKey]:
    """All keys that have ever signed the log, oldest first; none before the first run.

    Raises Unavailable, and DamagedItem when an object is not as a run put it.
    """
    objects = bucket.read_many(bucket.keys(KEYS))
    keys = [_read_key(name, content) for name, content in objects.items()]
    return sorted(keys, key=lambda each: (each.first_size, each.key.text))


def _read_key(name: str, content: bytes) -> LogKey:
    try:
        text, size, _ = read_text(content, _MAX_BYTES, "a key of the log").split("\n")
        return LogKey(VerifierKey.read(text), read_number(size, "the first size of a key"))
    except (Unreadable, ValueError) as error:
        raise DamagedItem(f"{name} of the locked bucket: {error}") from None
