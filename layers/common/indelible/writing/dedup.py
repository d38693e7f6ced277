"""Deduplication: which events of a delivery are in the chain already.

The chain itself answers that. A chained event has created_at >= received_at, so only records from
received_at on need to be read. There are none when received_at is later than the head's created_at.
docs/exactly-once.md has the proof.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ..chain.hashes import Head
from ..chain.ledger import Ledger
from ..chain.search import segment_since, unbroken
from ..chain.segment import Segment
from ..errors import OutOfTime, Unreadable
from .kept_look_up import LookUpStore
from .look_up import LookUp
from .tail import Tail, ids_of


@dataclass(slots=True)
class Chained:
    """The events of one delivery that are in one chain.

    `received_at` maps the id of every event of the delivery to its time in microseconds. The events
    are looked up once; then `ids` is kept up to date with what this delivery and others append.
    `is_over` says whether the delivery's time is used up.
    """

    ledger: Ledger
    store: LookUpStore
    workspace_id: str
    received_at: Mapping[str, int]
    is_over: Callable[[], bool]
    ids: set[str] = field(default_factory=set)
    is_known: bool = False
    _look_up: LookUp | None = None
    _wanted: set[str] = field(default_factory=set)

    def update(self, tail: Tail) -> None:
        """Find out what is chained up to the tail's head. OutOfTime when that takes too long.

        The first time, and after `forget`, events are looked up. Later `catch_up` must have made
        the tail from the one before: then it remembers everything that was appended in between.

        The result is sound only together with an append at `head.sequence + 1` that fails when
        anything has been appended since.
        """
        if self.is_known:
            self.ids.update(event_id for event_id in self.received_at if tail.holds(event_id))
        else:
            self.ids = self._find(tail)
            self.is_known = True

    def add(self, event_ids: frozenset[str]) -> None:
        """Note events that this delivery has just appended."""
        self.ids |= event_ids

    def forget(self) -> None:
        """Start again: the chain is not the one that was read."""
        self.ids, self.is_known, self._look_up = set(), False, None

    def _find(self, tail: Tail) -> set[str]:
        times = self.received_at
        suspects = {event_id for event_id, at in times.items() if at <= tail.head.created_at}
        chained = {event_id for event_id in suspects if tail.holds(event_id)}
        old = {event_id for event_id in suspects - chained if times[event_id] < tail.since}
        if old:
            look_up = self._look_up = self._look_up or self._kept_look_up()
            look_up.look_for(old)
            self._wanted = old
            self._read_on(look_up, tail.head)
            chained |= look_up.found & old
        return chained

    def _kept_look_up(self) -> LookUp:
        """The look-up that an earlier delivery kept, maybe also of other events; or a new one."""
        kept = self.store.find(self.ledger, self.workspace_id)
        return LookUp.resumed(kept) if kept else LookUp()

    def _read_on(self, look_up: LookUp, head: Head) -> None:
        """Read the chain up to the head, wherever the wanted events may be.

        It reads upwards from the earliest received_at, because most events are chained right after
        they were received. A repeated event is found quickly, and only an event that was never
        chained is looked for up to the head. A look-up that an earlier delivery kept continues
        where it ended.
        """
        pending = look_up.pending(self._wanted, head.sequence)
        is_resumed = bool(pending) and min(pending.values()) > 0
        while pending:
            place = min(pending.values()) + 1 if is_resumed else self._search(pending, head)
            is_resumed = False
            self._read_from(place, look_up, head)
            pending = look_up.pending(self._wanted, head.sequence)
            if pending and self.is_over():
                self._keep(look_up, head)

    def _search(self, pending: Mapping[str, int], head: Head) -> int:
        """The first sequence of the segment to read next, found by the events' received_at.

        Events that were looked for farther than others may be right after that place.
        """
        through = min(pending.values())
        least_read = [event_id for event_id in pending if pending[event_id] == through]
        earliest = min(self.received_at[event_id] for event_id in least_read)
        place = segment_since(
            self.ledger, self.workspace_id, earliest, through + 1, head.sequence, check=ids_of
        )
        farther = [read + 1 for read in pending.values() if read > through]
        return min([place, *farther])

    def _read_from(self, place: int, look_up: LookUp, head: Head) -> None:
        """Read segments until the wanted events can only be farther on, or time is over.

        A segment counts once the next one links to it, or if it ends at the head. So a segment that
        somebody has rewritten, with hashes that fit itself, raises Unreadable.
        """
        segments = self.ledger.ascending(self.workspace_id, place)
        earlier: Segment | None = None
        for segment in unbroken(self.workspace_id, segments, place):
            first = segment.first_sequence
            if earlier is not None:
                self._require(earlier.event_hash == segment.previous_event_hash, first)
                look_up.note(earlier, self._wanted)
                if self.is_over() or not self._may_lie_next(look_up, earlier, head):
                    return
            if segment.last_sequence >= head.sequence:
                self._require(segment.head == head, first)
                look_up.note(segment, self._wanted)
                return
            earlier = segment
        raise Unreadable(f"the chain of {self.workspace_id} ends before its head")

    def _may_lie_next(self, look_up: LookUp, segment: Segment, head: Head) -> bool:
        """Whether a wanted event may be in the segment after this one."""
        return any(
            through == segment.last_sequence
            and self.received_at[event_id] <= segment.last_created_at
            for event_id, through in look_up.pending(self._wanted, head.sequence).items()
        )

    def _require(self, is_intact: bool, sequence: int) -> None:
        if not is_intact:
            raise Unreadable(f"the chain of {self.workspace_id} is broken at sequence {sequence}")

    def _keep(self, look_up: LookUp, head: Head) -> None:
        """Store how far the look-up has come, and end it."""
        self.store.keep(self.workspace_id, look_up.kept(self._wanted))
        through = min(look_up.pending(self._wanted, head.sequence).values())
        raise OutOfTime(
            f"{self.workspace_id}: the search for old events has reached sequence {through} of"
            f" {head.sequence}; the next delivery continues from there"
        )
