"""The leaf hashes of a segment. It stores only their beginnings, to name a changed record.

Whoever reads the records can compute the leaf hashes, and the event hash decides whether a record
was changed. So a few bytes are enough: a changed record keeps its prefix once in 2^32 times, or if
the prefix is changed too. Then the segment is still found to be changed, but no record is named.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import accumulate
from typing import NamedTuple

from ..errors import Unreadable
from .hashes import HASH_BYTES, event_hash, leaf_hash
from .segment import Segment, read_records

PREFIX_BYTES = 4
"""Size of a leaf prefix. Segments stored before have all HASH_BYTES of each leaf hash."""


class Prefixes(NamedTuple):
    """The leaf prefixes of a segment, joined as they are stored, and the size of each."""

    stored: bytes
    size: int

    def of(self, index: int) -> bytes:
        """The prefix of the record with this index."""
        return self.stored[index * self.size : (index + 1) * self.size]

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


def event_hashes(segment: Segment) -> list[bytes]:
    """The event hash of each record, computed from the records.

    The last one is the segment's `event_hash` unless something was changed. Unreadable when there
    are not `count` records or prefixes.
    """
    read_prefixes(segment)  # so that there are not more records than an item has room for
    leaves = map(leaf_hash, read_records(segment))
    return list(accumulate(leaves, event_hash, initial=segment.previous_event_hash))[1:]
