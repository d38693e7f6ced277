"""Scanning: the matching events of a part of a chain, one after the other, in either order."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain

from ..chain.order import Order, Range
from ..chain.search import segment_holding, unbroken_ascending, unbroken_descending
from ..chain.segment import Segment
from ..filters import Filters
from ..index.candidates import (
    LOOK_AHEAD,
    Span,
    spans_of,
    stretches_for,
    together,
    uses_index,
)
from ..index.lag import Lag
from ..index.stretches import Stretch
from .budget import Budget
from .event_view import OpenSegment
from .named_records import segments_naming
from .reader import Reader

FIRST_PAGE = 32
"""Segments that the first query returns when a scan continues beyond the segment at hand."""

WATCHED_BYTES = 128 * 1024
"""Bytes of records that are checked, at most, before another look at the clock. A search of hostile
text takes 60 ms for them, and seconds for a whole segment."""

Match = tuple[int, OpenSegment | None]
"""The sequence of a matching event and its segment. See `Scan.matches`."""


@dataclass(slots=True)
class Scan:
    """A scan along the chain, and the segment that it has reached.

    `wanted` is how many candidates are worth reading together: as many as the caller still needs
    matches, and at least 1.
    """

    reader: Reader
    workspace_id: str
    filters: Filters
    order: Order
    budget: Budget
    lag: Lag
    wanted: int
    reached: OpenSegment | None = None

    _taken: deque[Stretch] = field(default_factory=lambda: deque(maxlen=LOOK_AHEAD + 1))
    """The stretches taken last. `together` looks ahead by no more than these."""

    _following: Iterator[Stretch] = field(default_factory=lambda: iter(()))
    """The stretches that follow."""

    def matches(self, whole: Range) -> Iterator[Match]:
        """The sequences of the matching events in this range, in order, with their segments.

        (sequence, None) says that everything up to that sequence has been scanned. Ends early when
        the budget is spent.
        """
        for span in together(self._spans(whole), self._worth_holding):
            if span.is_unindexed:
                self.lag.add(span)
            for match in self.read(span):
                yield match
                if self.budget.is_spent:
                    return
            yield self.order.end((span.first, span.last)), None
            if self.budget.is_spent:
                return

    def _worth_holding(self) -> int:
        """The number of candidates for which looking ahead in the index is worth it."""
        return 0 if self.budget.is_spent else self.wanted

    def stretches_left(self) -> Iterator[Stretch]:
        """The stretches that `matches` has not scanned to their end, and perhaps some before."""
        for stretch in chain(tuple(self._taken), self._following):
            self.budget.count(stretch.stored_bytes)
            yield stretch

    def open(self, segment: Segment) -> OpenSegment:
        """Open a segment, remember it as reached, and subtract it from the budget."""
        self.reached = OpenSegment(segment)
        self.budget.spend(segment, self.reached.records)
        return self.reached

    def read(self, span: Span) -> Iterator[Match]:
        """The matching events of one span, as `matches` yields them."""
        return self._read_all(span) if span.sequences is None else self._look_up(span.sequences)

    def _spans(self, whole: Range) -> Iterator[Span]:
        index = self.reader.index
        if whole[0] > whole[1]:
            return
        if not uses_index(self.filters):
            yield Span(*whole, None)
            return
        self._following = stretches_for(index, self.workspace_id, self.filters, *whole, self.order)
        for stretch in self._following:
            self.budget.count(stretch.stored_bytes)
            self._taken.append(stretch._replace(stored_bytes=0))
            yield from spans_of(stretch, index.geometry, self.order)

    def _read_all(self, span: Span) -> Iterator[Match]:
        left = span.first, span.last
        if self.reached and span.is_unindexed:
            self.lag.read(span, self.reached.segment)
        if self.reached and self.reached.holds(self.order.begin(left)):
            yield from self._read_segment(self.reached, left)
            left = self.order.after(left, self.reached.segment.extent)
        if left[0] > left[1]:
            return
        for segment in self._segments(*left):
            if span.is_unindexed:
                self.lag.read(span, segment)
            yield from self._read_segment(self.open(segment), left)
            left = self.order.after(left, segment.extent)

    def _segments(self, first: int, last: int) -> Iterator[Segment]:
        """The segments that hold the sequences `first` to `last`, in order."""
        ledger, workspace_id = self.reader.ledger, self.workspace_id
        if self.order is Order.DESC:
            yield from unbroken_descending(ledger, workspace_id, first, last, FIRST_PAGE)
            return
        follows = self.reached is not None and self.reached.segment.last_sequence == first - 1
        if first > 1 and not follows:  # a segment may have begun before
            holding = segment_holding(ledger, workspace_id, first)
            yield holding
            first = holding.last_sequence + 1
        if first <= last:
            yield from unbroken_ascending(ledger, workspace_id, first, last, FIRST_PAGE)

    def _read_segment(self, opened: OpenSegment, whole: Range) -> Iterator[Match]:
        first, last = opened.segment.extent
        part = max(whole[0], first), min(whole[1], last)
        unwatched = 0
        for sequence in self.order.arrange(range(part[0], part[1] + 1)):
            record = opened.record(sequence)
            unwatched += len(record)
            if self.filters.matches(record):
                yield sequence, opened
            elif unwatched >= WATCHED_BYTES:
                unwatched = 0
                if self.budget.is_late:
                    yield sequence, None
        yield self.order.end(part), None

    def _look_up(self, sequences: Sequence[int]) -> Iterator[Match]:
        reached = self.reached.segment if self.reached else None
        for sequence, segment in segments_naming(
            self.reader, self.workspace_id, sequences, reached, self.wanted, self.order
        ):
            opened = self.reached
            if opened is None or opened.segment is not segment:
                opened = self.open(segment)
            matches = self.filters.matches(opened.record(sequence))
            self.wanted = max(1, self.wanted - matches)
            yield sequence, opened if matches else None
