"""A queue with message groups, simulated: how long messages wait at a given load.

Messages arrive at random (Poisson), each in a random group. An environment takes the group whose
oldest message has waited longest, with up to `taken` of its messages, and no other environment has
that group until they are done and the group has paused. So every group is served in order. The
environment is free as soon as they are done. A delivery has messages of one group; on AWS it may
have several, which makes small groups a little faster.
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
    """`environments` at most work at once. A delivery of n messages takes `seconds(n)`.

    After it, its group is not delivered for `pause(n)` seconds. Other groups are.
    """

    environments: int
    taken: int
    seconds: Callable[[int], float]
    pause: Callable[[int], float] = lambda _: 0.0


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
    """Groups that wait and may be delivered, by their oldest message."""

    working: list[float] = field(default_factory=list)
    """When each environment that works is done."""

    held: list[tuple[float, int]] = field(default_factory=list)
    """Groups that are being delivered or pause, by when they may be delivered again."""

    held_groups: set[int] = field(default_factory=set)
    done: list[Done] = field(default_factory=list)

    def arrive(self, message: Message) -> None:
        queue = self.waiting.setdefault(message.group, deque())
        queue.append(message.at)
        if len(queue) == 1 and message.group not in self.held_groups:
            heapq.heappush(self.ready, message)
            self._begin(message.at)

    def work_until(self, end: float) -> None:
        """End the deliveries and pauses that are over by then, and begin what follows."""
        while self.held and (now := self._next()) <= end:
            while self.working and self.working[0] <= now:
                heapq.heappop(self.working)
            while self.held and self.held[0][0] <= now:
                self._release(heapq.heappop(self.held)[1])
            self._begin(now)

    def _next(self) -> float:
        """When a delivery or a pause ends next. A group is held for as long as its delivery."""
        return min([self.held[0][0], *self.working[:1]])

    def _release(self, group: int) -> None:
        self.held_groups.discard(group)
        if queue := self.waiting.get(group):
            heapq.heappush(self.ready, (queue[0], group))

    def _begin(self, now: float) -> None:
        while self.ready and len(self.working) < self.system.environments:
            _, group = heapq.heappop(self.ready)
            queue = self.waiting[group]
            taken = [queue.popleft() for _ in range(min(len(queue), self.system.taken))]
            ended = now + self.system.seconds(len(taken))
            heapq.heappush(self.working, ended)
            heapq.heappush(self.held, (ended + self.system.pause(len(taken)), group))
            self.held_groups.add(group)
            self.done += [Done(at, group, now, ended) for at in taken]


def percentiles(done: list[Done], shares: Iterable[float], *, skipped: float = 0.2) -> list[float]:
    """Percentiles of the lag in seconds, without the first messages, which found an empty queue."""
    later = sorted(done)[int(len(done) * skipped) :]
    lags = sorted(each.ended - each.at for each in later)
    return [lags[min(len(lags) - 1, int(share * len(lags)))] for share in shares]
