"""A queue with message groups, simulated: how long messages wait at a given load.

Messages arrive at random (Poisson), each in a random group. An environment takes the group whose
oldest message has waited longest, with up to `taken` of its messages, and no other environment has
that group until they are done. So every group is served in order. A delivery has messages of one
group; on AWS it may have several, which makes small groups a little faster.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from random import Random
from typing import NamedTuple


class Message(NamedTuple):
    """A message: when it arrives, in seconds, and its group."""

    at: float
    group: int


class Done(NamedTuple):
    """A message that was delivered: when it arrived, when its delivery began and ended."""

    at: float
    group: int
    began: float
    ended: float


@dataclass(frozen=True, slots=True)
class System:
    """`environments` at most work at once. A delivery of n messages takes `seconds(n)`."""

    environments: int
    taken: int
    seconds: Callable[[int], float]


def arrivals(random: Random, rate: float, groups: int, count: int) -> Iterator[Message]:
    """`count` messages, `rate` a second on average, spread evenly over the groups."""
    at = 0.0
    for _ in range(count):
        at += random.expovariate(rate)
        yield Message(at, random.randrange(groups))


def simulate(system: System, messages: Iterable[Message]) -> list[Done]:
    """Deliver all messages, given in the order of their arrival. In order of their delivery."""
    state = _State(system)
    for message in messages:
        state.work_until(message.at)
        state.arrive(message)
    state.work_until(float("inf"))
    return state.done


@dataclass(slots=True)
class _State:
    system: System
    waiting: dict[int, deque[float]] = field(default_factory=dict)
    ready: list[tuple[float, int]] = field(default_factory=list)
    """Groups that wait and are not being delivered, by their oldest message."""

    busy: list[tuple[float, int]] = field(default_factory=list)
    """Groups that are being delivered, by the end of their delivery."""

    at_work: set[int] = field(default_factory=set)
    done: list[Done] = field(default_factory=list)

    def arrive(self, message: Message) -> None:
        queue = self.waiting.setdefault(message.group, deque())
        queue.append(message.at)
        if len(queue) == 1 and message.group not in self.at_work:
            heapq.heappush(self.ready, message)
            self._begin(message.at)

    def work_until(self, end: float) -> None:
        """End the deliveries that are over by then, and begin those that follow."""
        while self.busy and self.busy[0][0] <= end:
            now, group = heapq.heappop(self.busy)
            self.at_work.discard(group)
            if queue := self.waiting.get(group):
                heapq.heappush(self.ready, (queue[0], group))
            self._begin(now)

    def _begin(self, now: float) -> None:
        while self.ready and len(self.busy) < self.system.environments:
            _, group = heapq.heappop(self.ready)
            queue = self.waiting[group]
            taken = [queue.popleft() for _ in range(min(len(queue), self.system.taken))]
            ended = now + self.system.seconds(len(taken))
            heapq.heappush(self.busy, (ended, group))
            self.at_work.add(group)
            self.done += [Done(at, group, now, ended) for at in taken]


def percentiles(done: list[Done], shares: Iterable[float], *, skipped: float = 0.2) -> list[float]:
    """Percentiles of the lag in seconds, without the first messages, which found an empty queue."""
    later = sorted(done)[int(len(done) * skipped) :]
    lags = sorted(each.ended - each.at for each in later)
    return [lags[min(len(lags) - 1, int(share * len(lags)))] for share in shares]
