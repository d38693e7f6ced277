"""Pages of events: what a list returns, and where its next page begins."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace

import msgspec

from ..chain.order import Order
from ..index.lag import Lag
from .event_view import OpenSegment, record_text

PAGE_BYTES = 4608 * 1024
"""A page ends once its events take this much of the response. The last event adds at most 0.7 MB,
its record 0.5 MB and the proof of a page 0.2 MB, and a response of Lambda has at most 6 MB.
https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
"""

_encode = msgspec.json.Encoder().encode


class ListPosition(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where the next page begins: the sequences `first` to `last` are still to be listed.

    `listed` is the number of events in the pages before. `total` is the total of the first page.
    Cursors carry it: its names are fixed.
    """

    first: int
    last: int
    listed: int
    total: int | None
    order: Order = Order.DESC


@dataclass(frozen=True, slots=True)
class Listed:
    """An event as JSON in the API's shape, and its record as it is stored.

    `damaged` is the first sequence of its segment if that is damaged. The event is then marked.
    """

    event: msgspec.Raw
    sequence: int
    record: bytes
    damaged: int | None


@dataclass(slots=True)
class EventPage:
    """A page of events. `start` is where it begins.

    `next` is where the next page begins, None after the last page. `total` is the number of events
    in all pages, None if it is not known. `searched_to` is set if the budget ended the page before
    it was full. It is a created_at in microseconds: the matching events up to there, in the order
    of the list, are on this page and those before. `lag` is the lag of the index that was found.
    """

    start: ListPosition
    listed: list[Listed] = field(default_factory=list)
    next: ListPosition | None = None
    total: int | None = None
    searched_to: int | None = None
    lag: Lag = field(default_factory=Lag)

    @property
    def events(self) -> list[msgspec.Raw]:
        """The events as JSON, in order."""
        return [each.event for each in self.listed]

    @property
    def records(self) -> dict[int, bytes]:
        """The record of each event by its sequence, in the same order."""
        return {each.sequence: each.record for each in self.listed}

    @property
    def damaged(self) -> set[int]:
        """The first sequences of the damaged segments from which events are shown."""
        return {each.damaged for each in self.listed if each.damaged is not None}

    def shortened(self, count: int) -> EventPage:
        """The page with its first `count` events (1 or more). The next one begins after them."""
        if count >= len(self.listed):
            return self
        start, kept = self.start, self.listed[:count]
        left = start.order.after((start.first, start.last), (kept[-1].sequence,) * 2)
        following = ListPosition(*left, start.listed + count, self.total, start.order)
        return replace(self, listed=kept, next=following, searched_to=None)


def listed_of(opened: OpenSegment, sequence: int) -> Listed:
    """The event with this sequence, for a page."""
    return Listed(
        msgspec.Raw(_encode(opened.event(sequence))),
        sequence,
        opened.record(sequence),
        None if opened.is_intact else opened.segment.first_sequence,
    )


def answered_bytes(listed: Listed, *, with_record: bool) -> int:
    """The bytes that an event takes in the response: a string in Lambda's JSON, which is ASCII.

    A byte of a record may become three. A target may grow fivefold, because absent fields are
    written as null. The record itself is a string in the response, whose quotes grow fourfold.
    """
    size = len(json.dumps(bytes(listed.event).decode()))
    if with_record:
        size += len(json.dumps(json.dumps(record_text(listed.record), ensure_ascii=False)))
    return size
