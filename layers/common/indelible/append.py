"""Appending: turns delivered events into records at the end of a chain, each exactly once.

The order that makes it safe, whatever stops or overlaps it: the head is known, then the events
chained up to it are left out, then a put under the next sequence commits, on condition that
nothing is there. Whoever comes second loses and looks again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from .errors import SequenceTaken, Unavailable
from .message import QueuedEvent
from .patience import Patience
from .ports import Ledger
from .segment import Segment, pack
from .tail import Tail, catch_up, find_chained, read_tail


@dataclass(frozen=True, slots=True)
class Commit:
    """A step done for good: how many events, from the front, it settled, and the new tail.

    An event is settled once it is in the chain. `segment` is None when all of them were already,
    and when none is settled: then time ran out while they were looked for, which the tail knows.
    """

    settled: int
    segment: Segment | None
    tail: Tail


def append(
    ledger: Ledger,
    workspace_id: str,
    events: Sequence[QueuedEvent],
    remembered: Tail | None,
    entropy: Callable[[int], bytes],
    patience: Patience,
) -> Iterator[Commit]:
    """Chain the events, in order, a segment a step.

    When there is no time for another try, or to look on, the error is raised: Unavailable or
    SequenceTaken. Events of steps already yielded are chained.
    """
    tail = remembered
    current = False
    while events:
        try:
            if tail is None or not current:
                tail = (
                    catch_up(ledger, workspace_id, tail)
                    if tail
                    else read_tail(ledger, workspace_id)
                )
                current = True
            commit = _step(ledger, workspace_id, events, tail, entropy, patience)
        except (SequenceTaken, Unavailable):
            current = False
            if not patience.wait():
                raise
            continue
        yield commit
        if not commit.settled:
            raise Unavailable(
                f"{workspace_id}: old events are looked for, up to sequence "
                f"{commit.tail.sought.through} so far; sent again, that goes on from there"
            )
        tail = commit.tail
        events = events[commit.settled :]


def _step(
    ledger: Ledger,
    workspace_id: str,
    events: Sequence[QueuedEvent],
    tail: Tail,
    entropy: Callable[[int], bytes],
    patience: Patience,
) -> Commit:
    seen, tail = find_chained(ledger, workspace_id, tail, events, patience.is_over)
    if seen is None:
        return Commit(0, None, tail)
    fresh: list[int] = []
    for index, event in enumerate(events):
        if event.id not in seen:
            seen.add(event.id)
            fresh.append(index)
    if not fresh:
        return Commit(len(events), None, tail)
    segment = pack(workspace_id, tail.head, [events[index] for index in fresh], entropy)
    ledger.append(segment)
    ids = frozenset(events[index].id for index in fresh[: segment.count])
    settled = len(events) if segment.count == len(fresh) else fresh[segment.count]
    return Commit(settled, segment, tail.after(segment, ids))
