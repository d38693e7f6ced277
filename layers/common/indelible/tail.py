"""The tail: what the writer remembers of the end of a chain, and what it looks up beyond it.

Whether an event is chained already is answered by the chain itself. A chained event has
created_at >= received_at, so only records with such a created_at need looking at: none, when
received_at is later than the head's. docs/exactly-once.md has the proof.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from .chain import EMPTY, Head
from .errors import Unreadable
from .message import QueuedEvent
from .ports import Ledger
from .record import read_headers
from .search import first_sequence_since
from .segment import Segment, read_records

REMEMBERED_SEGMENTS = 4


@dataclass(frozen=True, slots=True)
class Tail:
    """The head of a chain and the ids of its last records.

    `ids` holds, per segment, the ids of every record whose created_at is `since` (microseconds)
    or later. So an event received at `since` or later is chained if and only if it is in there.
    """

    head: Head = EMPTY
    since: int = 0
    ids: tuple[tuple[int, frozenset[str]], ...] = ()

    def after(self, segment: Segment, ids: frozenset[str]) -> Tail:
        """The tail once this segment, which begins where the head ends, is the last one."""
        remembered = (*self.ids, (segment.first_created_at, ids))
        if len(remembered) <= REMEMBERED_SEGMENTS:
            return replace(self, head=segment.head, ids=remembered)
        return Tail(segment.head, remembered[1][0], remembered[1:])

    def holds(self, event_id: str) -> bool:
        """Whether this event is among the last records."""
        return any(event_id in ids for _, ids in self.ids)


def read_tail(ledger: Ledger, workspace_id: str) -> Tail:
    """The tail as the chain's last segment tells it."""
    newest = ledger.newest(workspace_id)
    if newest is None:
        return Tail()
    since = 0 if newest.first_sequence == 1 else newest.first_created_at
    return Tail(newest.head, since, ((newest.first_created_at, ids_of(newest)),))


def catch_up(ledger: Ledger, workspace_id: str, tail: Tail) -> Tail:
    """The tail with what was appended since; read anew when that is more than is remembered."""
    for count, segment in enumerate(ledger.ascending(workspace_id, tail.head.sequence + 1)):
        if count == REMEMBERED_SEGMENTS:
            return read_tail(ledger, workspace_id)
        tail = tail.after(segment, ids_of(segment))
    return tail


def ids_of(segment: Segment) -> frozenset[str]:
    """The ids of a segment's events."""
    return frozenset(header.id for header in read_headers(read_records(segment)))


def find_chained(
    ledger: Ledger, workspace_id: str, tail: Tail, events: Iterable[QueuedEvent]
) -> set[str]:
    """The ids of those events that are in the chain up to the tail's head.

    Sound only together with an append at `head.sequence + 1` that fails when anything has been
    appended since.
    """
    suspects = [event for event in events if event.received_at <= tail.head.created_at]
    chained = {event.id for event in suspects if tail.holds(event.id)}
    old = {e.id: e.received_at for e in suspects if e.received_at < tail.since}
    for event_id in chained:
        old.pop(event_id, None)
    if old:
        chained |= _search(ledger, workspace_id, tail, old)
    return chained


def _search(ledger: Ledger, workspace_id: str, tail: Tail, received_at: dict[str, int]) -> set[str]:
    """Which of these ids lie before the remembered segments.

    Walks upwards from the earliest received_at, since most events are chained right after they
    were received: a repeated one is found at once, and only one that never was chained is looked
    for up to the head.
    """
    missing = dict(received_at)
    searched = 0
    while missing:
        earliest = min(missing.values())
        start = first_sequence_since(ledger, workspace_id, earliest, 1, tail.head.sequence)
        if start <= searched:
            raise Unreadable(f"the times of the chain of {workspace_id} are out of order")
        for segment in ledger.ascending(workspace_id, start):
            searched = segment.last_sequence
            for event_id in ids_of(segment).intersection(missing):
                del missing[event_id]
            if not missing or min(missing.values()) > segment.last_created_at:
                break  # the others cannot be before a later place; go there directly
            if searched >= tail.head.sequence:
                return received_at.keys() - missing
        else:
            raise Unreadable(f"the chain of {workspace_id} ends before its head")
    return set(received_at)
