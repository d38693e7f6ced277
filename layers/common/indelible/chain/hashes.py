"""The chain's hashes, which tie each record to all records before it.

    leaf_hash(n)  = SHA-256(0x00 || record(n))                              RFC 6962, section 2.1
    event_hash(n) = SHA-256(0x02 || event_hash(n-1) || leaf_hash(n))        event_hash(0) = 32 zeros

There are two steps so that later hashes need only a record's leaf hash, not the record itself. So a
filtered export can leave records out, and a later version may erase one. This version cannot erase
records, and verifying reports a missing one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from struct import Struct

HASH_BYTES = 32
GENESIS = bytes(HASH_BYTES)
_ONE_HASH = Struct(f"{HASH_BYTES}s")


@dataclass(frozen=True, slots=True)
class Head:
    """Where a chain ends: its last record's sequence, event hash and created_at (microseconds)."""

    sequence: int
    event_hash: bytes
    created_at: int


EMPTY = Head(0, GENESIS, 0)
"""The head of a chain without records."""


_begin_leaf, _begin_event = sha256(b"\x00").copy, sha256(b"\x02").copy
"""Copying a hash object that already has the prefix is faster than joining prefix and input."""


def hash_text(event_hash: bytes) -> str | None:
    """An event hash in hex; None for GENESIS, which is no record's event hash."""
    return None if event_hash == GENESIS else event_hash.hex()


def split_hashes(joined: bytes) -> list[bytes]:
    """Each of the hashes that are joined."""
    return [each for (each,) in _ONE_HASH.iter_unpack(joined)]


def leaf_hash(record: bytes) -> bytes:
    """The hash of one record's bytes."""
    digest = _begin_leaf()
    digest.update(record)
    return digest.digest()


def event_hash(previous: bytes, leaf: bytes) -> bytes:
    """The hash that ties a leaf to the event hash before it."""
    digest = _begin_event()
    digest.update(previous + leaf)
    return digest.digest()


def leaf_hashes(records: Iterable[bytes]) -> list[bytes]:
    """The leaf hash of each record. Faster than `leaf_hash` for one after the other."""
    hashes, begin = [], _begin_leaf
    for record in records:
        digest = begin()
        digest.update(record)
        hashes.append(digest.digest())
    return hashes


def event_hashes(previous: bytes, leaves: Iterable[bytes]) -> list[bytes]:
    """The event hash of each leaf of a run, from the event hash before the first."""
    hashes, begin = [], _begin_event
    for leaf in leaves:
        digest = begin()
        digest.update(previous + leaf)
        previous = digest.digest()
        hashes.append(previous)
    return hashes
