"""Segments: runs of consecutive records, one item each. A commit appends one segment."""

from __future__ import annotations

from dataclasses import dataclass

from ..bounded_inflate import inflate
from ..errors import Unreadable
from .hashes import Head

MAX_RECORDS = 1_000
MAX_COMPRESSED_BYTES = 300_000
"""Maximum size of compressed records. With 4,000 bytes of leaf prefixes and the other attributes,
an item stays well under DynamoDB's 400 KB."""

MAX_RECORDS_BYTES = 8 * 1024 * 1024
"""Maximum size of decompressed records, so that readers can hold them in memory."""


@dataclass(frozen=True, slots=True)
class Segment:
    """The records `first_sequence` to `last_sequence` of one chain. Times are in microseconds.

    `event_hash` decides whether a record was changed. `leaf_prefixes` only says which one
    (`leaves.py`).
    """

    workspace_id: str
    first_sequence: int
    count: int
    first_created_at: int
    last_created_at: int
    previous_event_hash: bytes
    event_hash: bytes
    leaf_prefixes: bytes
    records: bytes

    @property
    def last_sequence(self) -> int:
        """The sequence of the last record."""
        return self.first_sequence + self.count - 1

    @property
    def stored_bytes(self) -> int:
        """The size of the stored item, except for a few hundred bytes."""
        return len(self.records) + len(self.leaf_prefixes)

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
    """The exact bytes of a segment's records. Unreadable when there are not `count` of them."""
    records = inflate(segment.records, MAX_RECORDS_BYTES).split(b"\n")
    if len(records) != segment.count:
        raise Unreadable(f"holds {len(records)} records, not {segment.count} as it says")
    return records
