"""The keys that sign the log, each with the size since when it does, and those of witnesses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from ..checkpoints.object_keys import SIGNING_KEYS, signing_key_key
from ..covering.ports import LockedBucket
from ..errors import DamagedItem, Unreadable
from ..times import SECOND
from ..tlog.keys import VerifierKey
from ..tlog.spelling import read_number, read_text
from .ports import ListedBucket, Witnesses

KEPT_SECONDS = 300
"""How long keys may be kept. A new key signs beside the old one for days."""

_MAX_BYTES = 1_024


@dataclass(frozen=True, slots=True)
class LogKey:
    """A key of the log, and the size of the first tree that it signed."""

    key: VerifierKey
    first_size: int


class Bucket(LockedBucket, ListedBucket, Protocol):
    """The locked bucket, read and listed."""


class LogKeys:
    """All keys that have ever signed the log, which this process remembers for KEPT_SECONDS."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket
        self._known: list[LogKey] = []
        self._read_at = 0

    def get(self, now: int) -> list[LogKey]:
        """The keys at `now` (microseconds), oldest first; none before the first run.

        Raises Unavailable, and DamagedItem when an object is not as a run put it.
        """
        if not self._known or abs(now - self._read_at) >= KEPT_SECONDS * SECOND:
            self._known, self._read_at = _read_keys(self._bucket), now
        return self._known


class WitnessKeys:
    """The keys of the witnesses that runs ask, which this process remembers as long."""

    def __init__(self, witnesses: Witnesses) -> None:
        self._witnesses = witnesses
        self._known: Sequence[VerifierKey] = ()
        self._read_at: int | None = None

    def get(self, now: int) -> Sequence[VerifierKey]:
        """The keys at `now` (microseconds), by name. Raises Unavailable."""
        if self._read_at is None or abs(now - self._read_at) >= KEPT_SECONDS * SECOND:
            self._known, self._read_at = self._witnesses.keys(), now
        return self._known


def _read_keys(bucket: Bucket) -> list[LogKey]:
    objects = bucket.read_many(bucket.keys(SIGNING_KEYS))
    keys = [_read_key(name, content) for name, content in objects.items()]
    return sorted(keys, key=lambda each: (each.first_size, each.key.text))


def _read_key(name: str, content: bytes) -> LogKey:
    try:
        text, size, _ = read_text(content, _MAX_BYTES, "a key of the log").split("\n")
        found = LogKey(VerifierKey.read(text), read_number(size, "the first size of a key"))
    except (Unreadable, ValueError) as error:
        raise DamagedItem(f"{name} of the locked bucket: {error}") from None
    if name != signing_key_key(found.key):
        raise DamagedItem(f"{name} of the locked bucket holds another key")
    return found
