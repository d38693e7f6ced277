"""Deduplication: which events of a delivery are in the chain already.

The chain itself answers that. A chained event has created_at >= received_at, so only records with
such a created_at need to be read: none, when received_at is later than the head's created_at.
docs/exactly-once.md has the proof.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field

from ..chain.hashes import GENESIS, Head
from ..chain.ledger import Ledger
from ..chain.search import segment_since, unbroken
from ..chain.segment import Segment
from ..errors import OutOfTime, Unreadable
from .kept_look_up import MOST_EVENTS, KeptLookUp, LookUpStore
from .tail import Tail, ids_of


@dataclass(slots=True)
class LookUp:
    """How far a look-up has come. It stays true whatever is appended.

    The events of `found` are chained. Each event of `missing` is not, up to the sequence that
    stands with it. `through` is the farthest of these sequences, `event_hash` the chain's there.
    """

    found: set[str] = field(default_factory=set)
    missing: dict[str, int] = field(default_factory=dict)
    through: int = 0
    event_hash: bytes = GENESIS

    def look_for(self, event_ids: Iterable[str]) -> None:
        """Look for these events as well."""
        for each in event_ids:
            if each not in self.found:
                self.missing.setdefault(each, 0)

    def note(self, segment: Segment, wanted: Collection[str]) -> None:
        """Take in a segment that was read.

        The `wanted` events cannot lie between where they were looked for and this segment; of
        others that is known only if they were looked for right up to it.
        """
        found = ids_of(segment) & self.missing.keys()
        self.found |= found
        for each in found:
            del self.missing[each]
        for each, through in self.missing.items():
            if each in wanted or through >= segment.first_sequence - 1:
                self.missing[each] = max(through, segment.last_sequence)
        if segment.last_sequence > self.through:
            self.through, self.event_hash = segment.last_sequence, segment.event_hash

    def pending(self, wanted: Collection[str], last: int) -> dict[str, int]:
        """The wanted events that may still be found at the sequence `last` or before."""
        return {e: at for e, at in self.missing.items() if at < last and e in wanted}

    def kept(self, wanted: Collection[str]) -> KeptLookUp:
        """What to keep: all about the wanted events, and how far others were looked for."""
        missing = self.missing
        if len(missing) + len(wanted) > MOST_EVENTS:
            missing = {each: through for each, through in missing.items() if each in wanted}
        found = sorted(each for each in self.found if each in wanted)
        return KeptLookUp(found, missing, self.through, self.event_hash)


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
    _look_up: LookUp | None = None
    _wanted: set[str] = field(default_factory=set)

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

    def add(self, event_ids: frozenset[str]) -> None:
        """Note events that this delivery has just appended."""
        self.ids |= event_ids

    def forget(self) -> None:
        """Start again: the chain is not the one that was looked at."""
        self.ids, self.is_known, self._look_up = set(), False, None

    def _find(self, tail: Tail) -> set[str]:
        suspects = {e for e, at in self.received_at.items() if at <= tail.head.created_at}
        chained = {each for each in suspects if tail.holds(each)}
        old = {each for each in suspects - chained if self.received_at[each] < tail.since}
        if old:
            look_up = self._look_up = self._look_up or self._kept_look_up()
            look_up.look_for(old)
            self._wanted = old
            self._read_on(look_up, tail.head)
            chained |= look_up.found & old
        return chained

    def _kept_look_up(self) -> LookUp:
        """What an earlier delivery has learned of these events, and maybe of others."""
        kept = self.store.find(self.ledger, self.workspace_id)
        if kept is None:
            return LookUp()
        return LookUp(set(kept.found), dict(kept.missing), kept.through, kept.event_hash)

    def _read_on(self, look_up: LookUp, head: Head) -> None:
        """Read the chain up to the head, as far as the wanted events may lie there.

        Upwards from the earliest received_at, since most events are chained right after they were
        received: a repeated one is found at once, and only one that was never chained is looked
        for up to the head. A look-up that an earlier delivery began goes on where it ended.
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

        Events that were looked for farther than others may lie right after that.
        """
        through = min(pending.values())
        earliest = min(self.received_at[each] for each in pending if pending[each] == through)
        place = segment_since(
            self.ledger, self.workspace_id, earliest, through + 1, head.sequence, check=ids_of
        )
        farther = [at + 1 for at in pending.values() if at > through]
        return min([place, *farther])

    def _read_from(self, place: int, look_up: LookUp, head: Head) -> None:
        """Read segments until the wanted events can only lie farther on, or time is over.

        A segment counts once the next one links to it, or the head is its end. So a segment that
        somebody has rewritten, with hashes that fit itself, is an error.
        """
        segments = self.ledger.ascending(self.workspace_id, place)
        earlier: Segment | None = None
        for segment in unbroken(self.workspace_id, segments, place):
            first = segment.first_sequence
            if earlier is not None:
                self._check(earlier.event_hash == segment.previous_event_hash, first)
                look_up.note(earlier, self._wanted)
                if self.is_over() or not self._may_lie_next(look_up, earlier, head):
                    return
            if segment.last_sequence >= head.sequence:
                self._check(segment.head == head, first)
                look_up.note(segment, self._wanted)
                return
            earlier = segment
        raise Unreadable(f"the chain of {self.workspace_id} ends before its head")

    def _may_lie_next(self, look_up: LookUp, segment: Segment, head: Head) -> bool:
        """Whether a wanted event may lie in the segment after this one."""
        return any(
            through == segment.last_sequence and self.received_at[each] <= segment.last_created_at
            for each, through in look_up.pending(self._wanted, head.sequence).items()
        )

    def _check(self, holds: bool, sequence: int) -> None:
        if not holds:
            raise Unreadable(f"the chain of {self.workspace_id} is broken at sequence {sequence}")

    def _keep(self, look_up: LookUp, head: Head) -> None:
        """Store how far the look-up has come, and end it."""
        self.store.keep(self.workspace_id, look_up.kept(self._wanted))
        through = min(look_up.pending(self._wanted, head.sequence).values())
        raise OutOfTime(
            f"{self.workspace_id}: old events are looked for, up to sequence {through} of"
            f" {head.sequence} so far; the next delivery goes on from there"
        )
