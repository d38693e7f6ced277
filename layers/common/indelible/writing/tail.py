"""The tail: what a writer remembers of the end of a chain, so that it need not read it again.

A remembered tail is a hint. Before it is used, `catch_up` reads the last segment again: a chain
may have been cut off or restored in the meantime, and then the tail is forgotten.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

from ..chain.hashes import EMPTY, Head, event_hashes, leaf_hashes
from ..chain.ledger import Ledger
from ..chain.record import read_headers
from ..chain.segment import Segment, read_records
from ..errors import Unreadable
from ..times import format_time
from .sizes import SIZES, Sizes


class Remembered(NamedTuple):
    """A segment by its first sequence, its first created_at (microseconds) and its events' ids."""

    first_sequence: int
    first_created_at: int
    ids: frozenset[str]


@dataclass(frozen=True, slots=True)
class Tail:
    """The head of a chain, and the last segments before it, oldest first.

    The segments hold every record whose created_at is `since` (microseconds) or later. So an event
    received at `since` or later is chained if and only if one of them has its id. A tail has at
    most `max_segments` segments.
    """

    head: Head = EMPTY
    since: int = 0
    segments: tuple[Remembered, ...] = ()
    max_segments: int = SIZES.remembered_segments

    def after(self, segment: Segment, ids: frozenset[str]) -> Tail:
        """The tail after this segment, which follows the head, was appended."""
        last = Remembered(segment.first_sequence, segment.first_created_at, ids)
        remembered = (*self.segments, last)
        if len(remembered) <= self.max_segments:
            return replace(self, head=segment.head, segments=remembered)
        since = remembered[1].first_created_at
        return replace(self, head=segment.head, since=since, segments=remembered[1:])

    def holds(self, event_id: str) -> bool:
        """Whether this event is in one of the remembered segments."""
        return any(event_id in segment.ids for segment in self.segments)


def read_tail(ledger: Ledger, workspace_id: str, sizes: Sizes = SIZES) -> Tail:
    """The tail made from the chain's last segment. Unreadable when the segment is damaged."""
    newest = ledger.newest(workspace_id)
    if newest is None:
        return Tail(max_segments=sizes.remembered_segments)
    since = 0 if newest.first_sequence == 1 else newest.first_created_at
    last = Remembered(newest.first_sequence, newest.first_created_at, ids_of(newest))
    return Tail(newest.head, since, (last,), sizes.remembered_segments)


def catch_up(ledger: Ledger, workspace_id: str, tail: Tail) -> Tail | None:
    """The tail together with everything that was appended since, all of which it remembers.

    None when the chain does not continue from the remembered head (a table was restored, a segment
    put back, an end cut off), or when more was appended than a tail remembers. Then the caller
    reads the tail again. Unreadable when an appended segment is damaged.
    """
    start = tail.segments[-1].first_sequence if tail.segments else 1
    newer = ledger.ascending(workspace_id, start)
    if tail.segments:
        last = next(newer, None)
        if last is None or last.head != tail.head:
            return None
    for count, segment in enumerate(newer):
        begins = segment.first_sequence - 1, segment.previous_event_hash
        ends = tail.head.sequence, tail.head.event_hash
        if count == tail.max_segments or begins != ends:
            return None
        tail = tail.after(segment, ids_of(segment))
    return tail


def ids_of(segment: Segment) -> frozenset[str]:
    """The ids of a segment's events.

    Unreadable unless the records have the event hash and the times of the segment. Without this
    check an event in a damaged segment would count as not chained and be chained again, and a wrong
    time would set the time of every later event.
    """
    records = read_records(segment)
    headers = read_headers(records)
    link = event_hashes(segment.previous_event_hash, leaf_hashes(records))[-1]
    times = format_time(segment.first_created_at), format_time(segment.last_created_at)
    if link != segment.event_hash or times != (headers[0].created_at, headers[-1].created_at):
        raise Unreadable(
            f"the segment at sequence {segment.first_sequence} of {segment.workspace_id} does not"
            " have the event hash or the times of its records"
        )
    return frozenset(header.id for header in headers)
