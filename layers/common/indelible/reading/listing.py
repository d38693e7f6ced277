"""Listing: a workspace's events, newest first, a page at a time.

All pages show the chain as it was when the first page was read. Nothing before a sequence ever
changes, so pages neither repeat nor skip an event, whatever is chained in the meantime.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import msgspec

from ..chain.search import unbroken_descending
from ..chain.segment import Segment
from ..filters import Filters
from ..index.candidates import Span, candidates, together
from ..index.lag import Lag
from .budget import Budget
from .event_view import OpenSegment
from .find_event import first_sequence_at
from .named_records import segments_naming
from .reader import Reader

FIRST_PAGE = 32
"""Segments that the first query returns when a list continues below the newest segment."""

_DOUBTFUL = 4
"""Candidates read together for each event of a page, if the list goes by when things happened: one
late event makes every record of its slice a candidate."""

PAGE_BYTES = 4608 * 1024
"""A page ends once its events take this much of the response. The last event adds at most 0.7 MB,
and a response of Lambda has at most 6 MB.
https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
"""

_encode = msgspec.json.Encoder().encode


class ListPosition(msgspec.Struct, frozen=True):
    """Where the next page begins: the sequences `first` to `last` are still to be listed.

    `listed` is the number of events in the pages before. `total` is the total of the first page.
    """

    first: int
    last: int
    listed: int
    total: int | None


@dataclass(slots=True)
class EventPage:
    """A page of events as JSON in the API's shape.

    `next` is where the next page begins, None after the last page. `total` is the number of events
    in all pages, None if counting would need to read them all. `lag` is the lag of the index that
    was found. `damaged` has the first sequences of the damaged segments from which events are
    shown; these events are marked.
    """

    events: list[msgspec.Raw] = field(default_factory=list)
    next: ListPosition | None = None
    total: int | None = None
    lag: Lag = field(default_factory=Lag)
    damaged: set[int] = field(default_factory=set)


def list_events(
    reader: Reader,
    workspace_id: str,
    filters: Filters,
    limit: int,
    position: ListPosition | None,
    budget: Budget,
) -> EventPage:
    """The newest `limit` events that match the filters, from a position on.

    Returns fewer events, perhaps none, and `next`, when the budget is spent first or the events are
    large. Raises Unreadable when the chain is damaged where it is read.
    """
    lag = Lag(narrow=reader.index.geometry.narrow)
    wanted = limit + 1 if filters.occurred is None else _DOUBTFUL * (limit + 1)
    scan = _Scan(reader, workspace_id, filters, budget, lag, wanted)
    start = position or _begin(scan)
    page, last, size = EventPage(total=start.total, lag=scan.lag), start.last, 0
    for sequence, opened in scan.matches(start.first, start.last):
        if opened is not None:
            if len(page.events) == limit or size >= PAGE_BYTES:
                break
            if not opened.is_intact:
                page.damaged.add(opened.segment.first_sequence)
            encoded = _encode(opened.event(sequence))
            page.events.append(msgspec.Raw(encoded))
            size += _answered_bytes(encoded)
        last = sequence - 1
    listed = start.listed + len(page.events)
    if last >= start.first:
        page.next = ListPosition(start.first, last, listed, start.total)
    elif page.total is None:
        page.total = listed
    return page


def _answered_bytes(encoded: bytes) -> int:
    """The bytes that an event takes in the response: a string in Lambda's JSON, which is ASCII.

    A byte of a record may become three. A target may grow fivefold, because absent fields are
    written as null.
    """
    return len(json.dumps(encoded.decode()))


def _begin(scan: _Scan) -> ListPosition:
    """The position of the first page: all sequences between the times of the filters."""
    reader, workspace_id, filters = scan.reader, scan.workspace_id, scan.filters
    newest = reader.ledger.newest(workspace_id)
    if newest is None:
        return ListPosition(1, 0, 0, 0)
    scan.open(newest)
    first, last = 1, newest.last_sequence
    if filters.start > 0:
        first = first_sequence_at(reader, workspace_id, filters.start)
    if filters.end < newest.last_created_at:
        last = first_sequence_at(reader, workspace_id, filters.end + 1) - 1
    return ListPosition(first, last, 0, None if filters.texts else max(0, last - first + 1))


_Match = tuple[int, OpenSegment | None]
"""The sequence of a matching event and its segment. See `_Scan.matches`."""


@dataclass(slots=True)
class _Scan:
    """A scan down the chain, and the segment that it has reached.

    `wanted` is the number of candidates that are worth reading together: of the matches that the
    caller still needs, and at least 1.
    """

    reader: Reader
    workspace_id: str
    filters: Filters
    budget: Budget
    lag: Lag
    wanted: int
    reached: OpenSegment | None = None

    def matches(self, first: int, last: int) -> Iterator[_Match]:
        """The sequences of the matching events from `last` down to `first`, with their segments.

        (sequence, None) says that everything down to that sequence has been scanned. Ends early
        when the budget is spent.
        """
        spans = candidates(self.reader.index, self.workspace_id, self.filters, first, last)
        for span in together(spans, lambda: self.wanted):
            if span.is_unindexed:
                self.lag.add(span)
            found = (
                self._read_all(span) if span.sequences is None else self._look_up(span.sequences)
            )
            for match in found:
                yield match
                if self.budget.is_spent:
                    return
            yield span.first, None
            if self.budget.is_spent:
                return

    def open(self, segment: Segment) -> OpenSegment:
        """Open a segment, remember it as reached, and subtract it from the budget."""
        self.reached = OpenSegment(segment)
        self.budget.spend(segment, self.reached.records)
        return self.reached

    def _read_all(self, span: Span) -> Iterator[_Match]:
        last = span.last
        if self.reached and span.is_unindexed:
            self.lag.read(span, self.reached.segment)
        if self.reached and self.reached.holds(last):
            yield from self._read_segment(self.reached, span.first, last)
            last = self.reached.segment.first_sequence - 1
        if last < span.first:
            return
        for segment in unbroken_descending(
            self.reader.ledger, self.workspace_id, span.first, last, FIRST_PAGE
        ):
            if span.is_unindexed:
                self.lag.read(span, segment)
            yield from self._read_segment(self.open(segment), span.first, last)
            last = segment.first_sequence - 1

    def _read_segment(self, opened: OpenSegment, first: int, last: int) -> Iterator[_Match]:
        lowest = max(first, opened.segment.first_sequence)
        for sequence in range(last, lowest - 1, -1):
            if self.filters.matches(opened.record(sequence)):
                yield sequence, opened
        yield lowest, None

    def _look_up(self, sequences: Sequence[int]) -> Iterator[_Match]:
        reached = self.reached.segment if self.reached else None
        for sequence, segment in segments_naming(
            self.reader, self.workspace_id, sequences, reached, self.wanted
        ):
            opened = self.reached
            if opened is None or opened.segment is not segment:
                opened = self.open(segment)
            matches = self.filters.matches(opened.record(sequence))
            self.wanted = max(1, self.wanted - matches)
            yield sequence, opened if matches else None
