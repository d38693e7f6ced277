"""Deduplication: which events of a delivery are in the chain already.

The chain itself answers that. A chained event has created_at >= received_at, so only records with
such a created_at need to be read: none, when received_at is later than the head's created_at.
docs/exactly-once.md has the proof.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from .errors import OutOfTime, Unreadable
from .kept_look_up import KeptLookUp, LookUpStore
from .ports import Ledger
from .search import first_sequence_since, missing
from .tail import Tail, ids_of


@dataclass(slots=True)
class LookUp:
    """How far a look-up has come.

    The events of `found` are chained; those of `missing` are not, up to the sequence `through`.
    That stays true whatever is appended.
    """

    through: int = 0
    found: set[str] = field(default_factory=set)
    missing: set[str] = field(default_factory=set)

    def covers(self, event_ids: set[str]) -> bool:
        """Whether all of these events were looked for."""
        return event_ids <= self.found | self.missing


@dataclass(slots=True)
class Chained:
    """The events of one delivery that are in one chain.

    `received_at` (microseconds) of every event of the delivery, by id. They are looked up once,
    and then `ids` is kept up to date with what this delivery and others append.
    """

    ledger: Ledger
    store: LookUpStore
    workspace_id: str
    received_at: Mapping[str, int]
    is_over: Callable[[], bool]
    ids: set[str] = field(default_factory=set)
    is_known: bool = False
    _look_up: LookUp = field(default_factory=LookUp)

    def update(self, tail: Tail) -> None:
        """Find out what is chained up to the tail's head. OutOfTime when that takes too long.

        The first time, and after `forget`, events are looked up. Later the tail must be one that
        `catch_up` made of the last one: then it remembers whatever was appended in between.

        Sound only together with an append at `head.sequence + 1` that fails when anything has been
        appended since.
        """
        if self.is_known:
            self.ids.update(each for each in self.received_at if tail.holds(each))
        else:
            self.ids = self._find(tail)
            self.is_known = True

    def forget(self) -> None:
        """Start again: the chain is not the one that was looked at."""
        self.ids, self.is_known, self._look_up = set(), False, LookUp()

    def _find(self, tail: Tail) -> set[str]:
        head = tail.head
        suspects = {each for each, at in self.received_at.items() if at <= head.created_at}
        chained = {each for each in suspects if tail.holds(each)}
        old = {each for each in suspects - chained if self.received_at[each] < tail.since}
        if old:
            if not self._look_up.covers(old):
                kept = self.store.find(self.ledger, self.workspace_id)
                self._look_up = _resume(kept, old)
            self._read_on(tail)
            chained |= self._look_up.found & old
        return chained

    def _read_on(self, tail: Tail) -> None:
        """Read the chain from where the look-up has come to, until nothing is missing.

        Upwards from the earliest received_at, since most events are chained right after they were
        received: a repeated one is found at once, and only one that never was chained is looked
        for up to the head.
        """
        look_up, last = self._look_up, tail.head.sequence
        place = look_up.through + 1 if look_up.through else None
        while look_up.missing and look_up.through < last:
            if place is None:
                earliest = min(self.received_at[each] for each in look_up.missing)
                low = look_up.through + 1
                place = first_sequence_since(self.ledger, self.workspace_id, earliest, low, last)
            self._read_from(place, last)
            place = None
            if look_up.missing and look_up.through < last and self.is_over():
                self._keep(tail)

    def _read_from(self, place: int, last: int) -> None:
        """Read segments until the missing events can only lie farther on, or time is over."""
        look_up = self._look_up
        for segment in self.ledger.ascending(self.workspace_id, place):
            if segment.first_sequence != place:
                raise missing(self.workspace_id, place)
            found = look_up.missing & ids_of(segment)
            look_up.found |= found
            look_up.missing -= found
            look_up.through = segment.last_sequence
            place = segment.last_sequence + 1
            if not look_up.missing or place > last or self.is_over():
                return
            if min(self.received_at[each] for each in look_up.missing) > segment.last_created_at:
                return
        raise Unreadable(f"the chain of {self.workspace_id} ends before its head")

    def _keep(self, tail: Tail) -> None:
        """Store how far the look-up has come, and end it."""
        look_up = self._look_up
        kept = KeptLookUp(
            tail.head.sequence,
            tail.head.event_hash,
            look_up.through,
            sorted(look_up.found),
            sorted(look_up.missing),
        )
        self.store.keep(self.workspace_id, kept)
        raise OutOfTime(
            f"{self.workspace_id}: old events are looked for, up to sequence {look_up.through} of"
            f" {tail.head.sequence} so far; the next delivery goes on from there"
        )


def _resume(kept: KeptLookUp | None, event_ids: set[str]) -> LookUp:
    """The look-up for these events that goes on where the kept one ended, if it covers them."""
    if kept:
        look_up = LookUp(kept.through, set(kept.found), set(kept.missing))
        if look_up.covers(event_ids):
            look_up.found &= event_ids
            look_up.missing &= event_ids
            return look_up
    return LookUp(0, set(), set(event_ids))
