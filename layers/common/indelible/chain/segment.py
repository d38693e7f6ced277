"""Segments: runs of consecutive records, one item each. A commit appends one segment."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from itertools import accumulate

from ..codec import decompressor
from ..errors import Unreadable
from .hashes import HASH_BYTES, Head, event_hash

MAX_RECORDS = 1_000
MAX_COMPRESSED_BYTES = 300_000
"""Maximum size of compressed records. With 32,000 bytes of leaf hashes and the other attributes, an
item stays well under DynamoDB's 400 KB."""

MAX_RECORDS_BYTES = 8 * 1024 * 1024
"""Maximum size of decompressed records, so that readers can hold them in memory."""


@dataclass(frozen=True, slots=True)
class Segment:
    """The records `first_sequence` to `last_sequence` of one chain. Times are in microseconds.

    `codec` names what `records` is compressed with. This version may not know it.
    """

    workspace_id: str
    first_sequence: int
    count: int
    first_created_at: int
    last_created_at: int
    previous_event_hash: bytes
    event_hash: bytes
    leaf_hashes: bytes
    codec: str
    records: bytes

    @property
    def last_sequence(self) -> int:
        """The sequence of the last record."""
        return self.first_sequence + self.count - 1

    @property
    def stored_bytes(self) -> int:
        """The size of the stored item, except for a few hundred bytes."""
        return len(self.records) + len(self.leaf_hashes)

    @property
    def head(self) -> Head:
        """The head of the chain once this segment is its last."""
        return Head(self.last_sequence, self.event_hash, self.last_created_at)


@dataclass(frozen=True, slots=True)
class Damaged:
    """An item among the segments that is not a segment.

    `first_sequence` is None if its key has none. `reason` says what is wrong with the item.
    """

    workspace_id: str
    first_sequence: int | None
    reason: str


def read_records(segment: Segment) -> list[bytes]:
    """The exact bytes of a segment's records. Unreadable when there are not `count` of them.

    Raises FromNewerVersion when the segment's codec is unknown.
    """
    what = f"the segment at sequence {segment.first_sequence} of {segment.workspace_id}"
    decompress = decompressor(segment.codec, what)
    records = decompress(segment.records, MAX_RECORDS_BYTES).split(b"\n")
    if len(records) != segment.count:
        raise Unreadable(f"holds {len(records)} records, not {segment.count} as it says")
    return records


def split_leaf_hashes(segment: Segment) -> list[bytes]:
    """The stored leaf hash of each record. Unreadable when there are not `count` of them."""
    stored = segment.leaf_hashes
    if len(stored) != HASH_BYTES * segment.count:
        raise Unreadable(f"holds {len(stored)} bytes of leaf hashes for {segment.count} records")
    return [stored[start : start + HASH_BYTES] for start in range(0, len(stored), HASH_BYTES)]


def event_hashes(segment: Segment) -> list[bytes]:
    """The event hash of each record, from the stored leaf hashes.

    Raises Unreadable like `split_leaf_hashes`.
    """
    leaves = split_leaf_hashes(segment)
    return list(accumulate(leaves, event_hash, initial=segment.previous_event_hash))[1:]


def event_hash_at(segment: Segment, sequence: int) -> bytes:
    """The event hash of one of the segment's records, from the stored leaf hashes.

    `sequence` may also be the one before the first record. Raises Unreadable like
    `split_leaf_hashes`.
    """
    leaves = split_leaf_hashes(segment)[: sequence - segment.first_sequence + 1]
    return reduce(event_hash, leaves, segment.previous_event_hash)
