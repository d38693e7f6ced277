"""Segments: a contiguous run of records, stored as one item; what one commit appends."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from . import record
from .chain import HASH_BYTES, Head, event_hash, leaf_hash
from .errors import Unreadable
from .inflate import inflate
from .message import QueuedEvent

MAX_RECORDS = 1_000
MAX_COMPRESSED_BYTES = 300_000
"""With 32,000 bytes of leaf hashes and the rest, well under DynamoDB's 400 KB for an item."""

MAX_PLAIN_BYTES = 8 * 1024 * 1024
"""What a reader has to hold in memory at most, however well the records compress."""


@dataclass(frozen=True, slots=True)
class Segment:
    """The records `first_sequence` to `last_sequence` of one chain. Times in microseconds."""

    workspace_id: str
    first_sequence: int
    count: int
    first_created_at: int
    last_created_at: int
    previous_event_hash: bytes
    event_hash: bytes
    leaf_hashes: bytes
    records: bytes

    @property
    def last_sequence(self) -> int:
        """The sequence of the last record."""
        return self.first_sequence + self.count - 1

    @property
    def head(self) -> Head:
        """The head of the chain once this segment is its last."""
        return Head(self.last_sequence, self.event_hash, self.last_created_at)


@dataclass(frozen=True, slots=True)
class Damaged:
    """What lies where a segment should, and is none. `first_sequence` where its key tells it."""

    workspace_id: str
    first_sequence: int | None
    reason: str


def pack(
    workspace_id: str,
    head: Head,
    events: Sequence[QueuedEvent],
    entropy: Callable[[int], bytes],
) -> Segment:
    """The next segment after `head`: as many of `events`, from the front, as fit into one.

    created_at = max(received_at, created_at of the record before + 1 microsecond), so that it
    strictly increases and is never before received_at.
    """
    records, times = _build_records(workspace_id, head, events[:MAX_RECORDS], entropy)
    while True:
        compressed = _deflate(b"\n".join(records))
        if len(compressed) <= MAX_COMPRESSED_BYTES or len(records) == 1:
            break
        records = records[: len(records) // 2]
    leaves, last_hash = [], head.event_hash
    for each in records:
        leaf = leaf_hash(each)
        last_hash = event_hash(last_hash, leaf)
        leaves.append(leaf)
    return Segment(
        workspace_id=workspace_id,
        first_sequence=head.sequence + 1,
        count=len(records),
        first_created_at=times[0],
        last_created_at=times[len(records) - 1],
        previous_event_hash=head.event_hash,
        event_hash=last_hash,
        leaf_hashes=b"".join(leaves),
        records=compressed,
    )


def _deflate(plain: bytes) -> bytes:
    """zlib, tuned for records: fewest write units for the time (docs/performance.md).

    Z_FILTERED leaves out matches of 5 bytes and less, which random hex digits are full of.
    """
    stream = zlib.compressobj(level=7, strategy=zlib.Z_FILTERED)
    return stream.compress(plain) + stream.flush()


def _build_records(
    workspace_id: str, head: Head, events: Sequence[QueuedEvent], entropy: Callable[[int], bytes]
) -> tuple[list[bytes], list[int]]:
    salts = entropy(record.SALT_BYTES * len(events))
    records: list[bytes] = []
    times: list[int] = []
    created_at, size = head.created_at, 0
    for index, event in enumerate(events):
        created_at = max(event.received_at, created_at + 1)
        salt = salts[index * record.SALT_BYTES : (index + 1) * record.SALT_BYTES]
        built = record.build(event, workspace_id, head.sequence + 1 + index, created_at, salt)
        size += len(built) + 1
        if size > MAX_PLAIN_BYTES and records:
            break
        records.append(built)
        times.append(created_at)
    return records, times


def read_records(segment: Segment) -> list[bytes]:
    """The exact bytes of a segment's records. Unreadable when they are not `count` of them."""
    records = inflate(segment.records, MAX_PLAIN_BYTES).split(b"\n")
    if len(records) != segment.count:
        raise Unreadable(f"holds {len(records)} records, not {segment.count} as it says")
    return records


def split_leaf_hashes(segment: Segment) -> list[bytes]:
    """The stored leaf hash of each record. Unreadable when they are not `count` of them."""
    stored = segment.leaf_hashes
    if len(stored) != HASH_BYTES * segment.count:
        raise Unreadable(f"holds {len(stored)} bytes of leaf hashes for {segment.count} records")
    return [stored[start : start + HASH_BYTES] for start in range(0, len(stored), HASH_BYTES)]


def event_hashes(segment: Segment) -> list[bytes]:
    """The event hash of each record, from the stored leaf hashes. Unreadable as above."""
    leaves = split_leaf_hashes(segment)
    return list(accumulate(leaves, event_hash, initial=segment.previous_event_hash))[1:]
