"""Reading the records that the index names: their segments are fetched together where it pays.

Directories say where segments begin. They may be wrong or missing, so a record that is in none of
the fetched segments is looked for in the chain itself, by a query of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..chain.order import Order
from ..chain.search import segment_holding
from ..chain.segment import Segment
from ..errors import Unreadable
from ..index.directory import decode_directory
from ..index.ports import Index
from .reader import Reader

FETCHED_TOGETHER = 100
"""Records whose segments are fetched together, at most: as many keys as a call may have."""

_SINGLE_QUERIES = 2
"""Records that are looked up one by one: fetching together takes two calls, too."""


def segments_naming(
    reader: Reader,
    workspace_id: str,
    sequences: Sequence[int],
    reached: Segment | None = None,
    at_once: int = FETCHED_TOGETHER,
    order: Order = Order.DESC,
) -> Iterator[tuple[int, Segment]]:
    """Yield each sequence with the segment that holds it; `reached` may hold some.

    The sequences are in `order`.

    Segments are fetched as they are taken, those of `at_once` sequences together. Unreadable when a
    sequence is missing or what is stored there is not a segment.
    """
    step = min(at_once, FETCHED_TOGETHER)
    for start in range(0, len(sequences), step):
        some = sequences[start : start + step]
        fetched = _fetched(reader, workspace_id, some, reached, order)
        following = next(fetched, None)
        for sequence in some:
            while following is not None and _is_passed(following, sequence, order):
                following = next(fetched, None)
            if reached is None or not reached.holds(sequence):
                if following is not None and following.holds(sequence):
                    reached = following
                else:
                    reached = segment_holding(reader.ledger, workspace_id, sequence)
            yield sequence, reached


def _is_passed(segment: Segment, sequence: int, order: Order) -> bool:
    """Whether the segment comes before the sequence in this order."""
    if order is Order.ASC:
        return segment.last_sequence < sequence
    return segment.first_sequence > sequence


def _fetched(
    reader: Reader,
    workspace_id: str,
    sequences: Sequence[int],
    reached: Segment | None,
    order: Order,
) -> Iterator[Segment]:
    """Yield the segments that should hold these sequences, in order, as far as it pays."""
    unread = [each for each in sequences if reached is None or not reached.holds(each)]
    if len(unread) > _SINGLE_QUERIES:
        first_sequences = _first_sequences(reader.index, workspace_id, unread)
        yield from reader.ledger.segments_at(workspace_id, order.arrange(first_sequences))


def _first_sequences(index: Index, workspace_id: str, sequences: Sequence[int]) -> list[int]:
    """Return where the segments of these sequences begin, as far as directories say."""
    narrow, places = index.geometry.narrow, dict[int, list[int]]()
    for sequence in sequences:
        places.setdefault(narrow.block_of(sequence), []).append(sequence)
    begun = set[int]()
    for block, stored in index.directories_of(workspace_id, [*places]):
        try:
            starts = decode_directory(stored, narrow.span).starts
        except Unreadable:
            continue
        begin = narrow.first_sequence(block)
        offsets = (starts.of_offset(sequence - begin) for sequence in places[block])
        begun.update(begin + offset for offset in offsets if offset is not None)
    return sorted(first for first in begun if first > 0)
