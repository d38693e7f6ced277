"""The tail: what the writer remembers of the end of a chain, and what it looks up beyond it.

Whether an event is chained already is answered by the chain itself. A chained event has
created_at >= received_at, so only records with such a created_at need looking at: none, when
received_at is later than the head's. docs/exactly-once.md has the proof.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
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
class Sought:
    """How far a look-up has come; true for good, whatever is appended.

    The events of `found` are chained, those of `missing` are not at `through` or before it.
    """

    through: int = 0
    found: frozenset[str] = frozenset()
    missing: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Tail:
    """The head of a chain, the ids of its last records, and what was looked for before these.

    `ids` holds, per segment, the ids of every record whose created_at is `since` (microseconds)
    or later. So an event received at `since` or later is chained if and only if it is in there.
    """

    head: Head = EMPTY
    since: int = 0
    ids: tuple[tuple[int, frozenset[str]], ...] = ()
    sought: Sought = Sought()

    def after(self, segment: Segment, ids: frozenset[str]) -> Tail:
        """The tail once this segment, which begins where the head ends, is the last one."""
        remembered = (*self.ids, (segment.first_created_at, ids))
        if len(remembered) <= REMEMBERED_SEGMENTS:
            return replace(self, head=segment.head, ids=remembered)
        return Tail(segment.head, remembered[1][0], remembered[1:], self.sought)

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
            return replace(read_tail(ledger, workspace_id), sought=tail.sought)
        tail = tail.after(segment, ids_of(segment))
    return tail


def ids_of(segment: Segment) -> frozenset[str]:
    """The ids of a segment's events."""
    return frozenset(header.id for header in read_headers(read_records(segment)))


def find_chained(
    ledger: Ledger,
    workspace_id: str,
    tail: Tail,
    events: Iterable[QueuedEvent],
    is_over: Callable[[], bool],
) -> tuple[set[str] | None, Tail]:
    """The ids of those events that are in the chain up to the tail's head; the chain may be long.

    None when time is over before that is known. The tail, which is returned with it, has how far
    the look-up came: the next one for these events, or some of them, goes on from there.

    Sound only together with an append at `head.sequence + 1` that fails when anything has been
    appended since.
    """
    suspects = [event for event in events if event.received_at <= tail.head.created_at]
    chained = {event.id for event in suspects if tail.holds(event.id)}
    old = {e.id: e.received_at for e in suspects if e.received_at < tail.since}
    for event_id in chained:
        old.pop(event_id, None)
    if old:
        sought = _search(ledger, workspace_id, tail, old, is_over)
        tail = replace(tail, sought=sought)
        if sought.missing and sought.through < tail.head.sequence:
            return None, tail
        chained |= sought.found
    return chained, tail


def _search(
    ledger: Ledger,
    workspace_id: str,
    tail: Tail,
    received_at: dict[str, int],
    is_over: Callable[[], bool],
) -> Sought:
    """How far it is known which of these ids lie before the remembered segments.

    Walks upwards from the earliest received_at, since most events are chained right after they
    were received: a repeated one is found at once, and only one that never was chained is looked
    for up to the head. Goes on where an earlier look-up for all of them ended.
    """
    missing = {each: at for each, at in received_at.items() if each not in tail.sought.found}
    searched = tail.sought.through if missing.keys() <= tail.sought.missing else 0
    start, over = searched + 1 if searched else 0, False
    while missing and searched < tail.head.sequence and not over:
        start = start or first_sequence_since(
            ledger, workspace_id, min(missing.values()), 1, tail.head.sequence
        )
        if start <= searched:
            raise Unreadable(f"the times of the chain of {workspace_id} are out of order")
        for segment in ledger.ascending(workspace_id, start):
            searched, over = segment.last_sequence, is_over()
            for event_id in ids_of(segment).intersection(missing):
                del missing[event_id]
            if not missing or searched >= tail.head.sequence or over:
                break
            if min(missing.values()) > segment.last_created_at:
                break  # the others cannot be before a later place; go there directly
        else:
            raise Unreadable(f"the chain of {workspace_id} ends before its head")
        start = 0
    return Sought(searched, frozenset(received_at.keys() - missing), frozenset(missing))
