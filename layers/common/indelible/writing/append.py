"""Appending: turns delivered events into records at the end of a chain, each exactly once.

The order makes it safe, whatever interrupts or overlaps it. First the head is read. Then the events
that are chained up to the head are left out. Then a put at the next sequence commits the rest, on
condition that nothing is stored there. Of two writers the second fails, and reads the new end of
the chain.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ..chain.fields import QueuedEvent
from ..chain.ledger import Ledger
from ..chain.segment import Segment
from ..errors import FromNewerVersion, OutOfTime, SequenceTaken, Unavailable
from .build_segment import build_segment
from .dedup import Chained
from .patience import Patience
from .sizes import SIZES, Sizes
from .tail import Tail, catch_up, read_tail


class Commit(NamedTuple):
    """A committed step: the number of events, from the front, that it settled, and its segment.

    An event is settled once it is in the chain. `segment` is None when all were chained before.
    """

    settled: int
    segment: Segment | None


@dataclass(slots=True)
class Appender:
    """Appends the events of one delivery to one chain.

    `tail` is the known end of the chain, at first that of an earlier delivery; None when nothing is
    known. `chained` knows which events of the delivery are chained already.
    """

    ledger: Ledger
    workspace_id: str
    entropy: Callable[[int], bytes]
    patience: Patience
    chained: Chained
    tail: Tail | None
    sizes: Sizes = SIZES
    _is_current: bool = False

    def append(self, events: Sequence[QueuedEvent]) -> Iterator[Commit]:
        """Chain the events in their order, one segment a step.

        Raises Unavailable or SequenceTaken when there is no time for another try, OutOfTime when
        time is over between two steps or during a look-up, FromNewerVersion when a segment that is
        needed cannot be read by this version. Events of steps already yielded are chained.
        """
        while events:
            try:
                if not self._is_current:
                    self._catch_up()
                commit = self._step(events)
            except FromNewerVersion:  # another try by this version changes nothing
                raise
            except (SequenceTaken, Unavailable):
                self._is_current = False
                if not self.patience.wait():
                    raise
                continue
            yield commit
            events = events[commit.settled :]
            if events and self.patience.is_over():
                raise OutOfTime(f"{self.workspace_id}: time is over, {len(events)} events are left")

    def _catch_up(self) -> None:
        """Read where the chain ends now, and which events are chained up to there."""
        tail = catch_up(self.ledger, self.workspace_id, self.tail) if self.tail else None
        if tail is None:
            self.chained.forget()
            tail = read_tail(self.ledger, self.workspace_id, self.sizes)
        self.tail = tail
        self.chained.update(tail)
        self._is_current = True

    def _step(self, events: Sequence[QueuedEvent]) -> Commit:
        assert self.tail is not None
        seen = set(self.chained.ids)
        fresh: list[int] = []
        for place, event in enumerate(events):
            if event.id not in seen:
                seen.add(event.id)
                fresh.append(place)
        if not fresh:
            return Commit(len(events), None)
        new = [events[place] for place in fresh]
        segment = build_segment(self.workspace_id, self.tail.head, new, self.entropy, self.sizes)
        self.ledger.append(segment)
        ids = frozenset(event.id for event in new[: segment.count])
        self.tail = self.tail.after(segment, ids)
        self.chained.add(ids)
        settled = len(events) if segment.count == len(fresh) else fresh[segment.count]
        return Commit(settled, segment)
