"""Segments: runs of consecutive records, one item each. A commit appends one segment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from itertools import chain
from typing import NamedTuple

from ..codec import decompressed_pieces
from ..errors import Unreadable
from .hashes import HASH_BYTES, Head, event_hashes, leaf_hashes

MAX_RECORDS = 1_000
MAX_COMPRESSED_BYTES = 300_000
"""Maximum size of compressed records. With 4,000 bytes of leaf prefixes and the other attributes,
an item stays well under DynamoDB's 400 KB."""

PREFIX_BYTES = 4
"""Size of a leaf prefix. Segments stored before have all HASH_BYTES of each leaf hash."""

MAX_RECORDS_BYTES = 8 * 1024 * 1024
"""Maximum size of decompressed records, so that readers can hold them in memory."""


@dataclass(frozen=True, slots=True)
class Segment:
    """The records `first_sequence` to `last_sequence` of one chain. Times are in microseconds.

    `event_hash` decides whether a record was changed. `leaf_prefixes` only names it. So a few bytes
    of each leaf hash are enough: a changed record keeps its prefix once in 2^32 times, or if the
    prefix is changed too. Then the segment is still found to be changed, but no record is named.

    `codec` names what `records` is compressed with. This version may not know it.
    """

    workspace_id: str
    first_sequence: int
    count: int
    first_created_at: int
    last_created_at: int
    previous_event_hash: bytes
    event_hash: bytes
    leaf_prefixes: bytes
    codec: str
    records: bytes

    @property
    def last_sequence(self) -> int:
        """The sequence of the last record."""
        return self.first_sequence + self.count - 1

    @property
    def extent(self) -> tuple[int, int]:
        """The sequences of the first and the last record."""
        return self.first_sequence, self.last_sequence

    def holds(self, sequence: int) -> bool:
        """Whether the record with this sequence is in the segment."""
        return self.first_sequence <= sequence <= self.last_sequence

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
    """The exact bytes of a segment's records. Unreadable when there are not `count` of them.

    Raises FromNewerVersion when the segment's codec is unknown.
    """
    return [*chain.from_iterable(record_parts(segment))]


def record_parts(segment: Segment) -> Iterator[list[bytes]]:
    """The records that `read_records` returns, in parts. No part is empty.

    A part has about 128 KiB. It stays in the processor's cache from one check to the next, and its
    memory is used again for the next part. Raises as `read_records` does, after it has yielded the
    parts before.
    """
    what = f"the segment at sequence {segment.first_sequence} of {segment.workspace_id}"
    part, begun, count = list[bytes](), list[bytes](), 1
    for piece in decompressed_pieces(segment.codec, segment.records, MAX_RECORDS_BYTES, what):
        end = piece.rfind(b"\n") + 1
        if end:
            if part:
                yield part
            lines = BytesIO(b"".join([*begun, piece[:end]]))
            part, begun = [line[:-1] for line in lines], []  # half the time of bytes.split
            count += len(part)
        begun.append(piece[end:])
    yield [*part, b"".join(begun)]
    if count != segment.count:
        raise Unreadable(f"holds {count} records, not {segment.count} as it says")


class Prefixes(NamedTuple):
    """The leaf prefixes of a segment, joined as they are stored, and the size of each."""

    stored: bytes
    size: int

    def split(self) -> list[bytes]:
        """The prefix of each record."""
        starts = range(0, len(self.stored), self.size)
        return [self.stored[start : start + self.size] for start in starts]

    def fit(self, leaves: Iterable[bytes]) -> bool:
        """Whether the leaf hash of each record begins with its prefix."""
        return cut_prefixes(leaves, self.size) == self.stored


def cut_prefixes(leaves: Iterable[bytes], size: int = PREFIX_BYTES) -> bytes:
    """The first bytes of each leaf hash, joined as a segment stores them."""
    return b"".join([leaf[:size] for leaf in leaves])


def read_prefixes(segment: Segment) -> Prefixes:
    """The leaf prefixes of a segment. Unreadable when there are not `count` of a known size."""
    stored = segment.leaf_prefixes
    for size in (PREFIX_BYTES, HASH_BYTES):
        if len(stored) == size * segment.count:
            return Prefixes(stored, size)
    raise Unreadable(f"holds {len(stored)} bytes of leaf prefixes for {segment.count} records")


def event_hashes_of(segment: Segment) -> list[bytes]:
    """The event hash of each record, computed from the records.

    The last one is the segment's `event_hash` unless something was changed. Unreadable when there
    are not `count` records or prefixes.
    """
    read_prefixes(segment)  # so that there are not more records than an item has room for
    return event_hashes(segment.previous_event_hash, leaf_hashes(read_records(segment)))
