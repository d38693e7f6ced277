"""The monitor: watches every write and every message during a run."""

from __future__ import annotations

from indelible.accounts.limits import Limits
from indelible.errors import Unreadable
from indelible.message import decode

from .dynamodb import Key
from .expressions import Item
from .promises import Promise, Violation
from .sqs import FifoQueue, Stored
from .world import World

_MINUTES_APART = 1_000_000
"""Counts of requests are written as minute x 1,000,000 + count; bytes here stay below that."""


class Monitor:
    """Notes the effect of each write, and each forbidden write."""

    def __init__(self, world: World) -> None:
        self.violations: list[Violation] = []
        self.order: dict[str, dict[str, None]] = {}
        self.sent: list[tuple[str, str]] = []
        self.set_aside: list[tuple[str, str]] = []
        self.limits = Limits(
            requests_per_minute=world.random.choice([6_000, 6_000, 8]),
            events_per_month=world.random.choice([100_000, 100_000, 30, 12]),
            bytes_per_minute=world.random.choice([1_000_000, 1_000_000, 2_000]),
            repeats_per_minute=world.random.choice([1_000, 1_000, 3]),
        )
        self._world = world
        world.dynamodb.watch = self._watch_write
        world.sqs.on_send = self._watch_send
        world.sqs.on_dead = self._watch_dead

    def _watch_write(self, key: Key, old: Item | None, new: Item) -> None:
        partition, sort_key = key
        if partition.startswith("CHAIN#"):
            self._world.note(f"  segment {sort_key} of {partition}, {new['count']['N']} records")
            self._world.tally["segments"] += 1
            if old is not None:
                self.violations.append(Violation(Promise.NO_FORK, f"{key} was written over"))
        elif partition.startswith("CLAIM#"):
            self._watch_claim(key, old, new)
        elif sort_key.startswith("USAGE#"):
            self._watch_usage(key, old, new)

    def _watch_claim(self, key: Key, old: Item | None, new: Item) -> None:
        self._world.tally["claims"] += 1
        if old is not None:
            self.violations.append(Violation(Promise.NAMED, f"the claim {key} was written over"))
        if self._world.acting is None:
            return
        if "request_id" in new:
            self._world.acting.claimed_request = True
        else:
            self._world.acting.claimed.add(new["event_id"]["S"])

    def _watch_usage(self, key: Key, old: Item | None, new: Item) -> None:
        before, after = (int(each["events"]["N"]) if each else 0 for each in (old, new))
        if self._world.acting:
            self._world.acting.charges.append((key, after - before))
        self._world.note(f"  usage {before} -> {after}")
        if after > max(before, self.limits.events_per_month):
            self.violations.append(Violation(Promise.QUOTA, f"{key} went up to {after} events"))
        for name, value in new.items():
            most = self._most_in_a_minute(name)
            if most is not None and int(value["N"]) % _MINUTES_APART > most:
                self.violations.append(Violation(Promise.QUOTA, f"{key}: {name} is {value}"))

    def _most_in_a_minute(self, attribute: str) -> int | None:
        """The limit of a counter in a usage item."""
        return {
            "requests": self.limits.requests_per_minute,
            "bytes": self.limits.bytes_per_minute,
            "repeats": self.limits.repeats_per_minute,
        }.get(attribute.partition("_")[0])

    def _watch_send(self, queue: FifoQueue, message: Stored) -> None:
        if queue is not self._world.main:
            self._world.tally["messages set aside"] += 1
            self.set_aside.append((message.attributes["workspace_id"]["StringValue"], message.body))
            return
        self._world.tally["messages sent"] += 1
        self._world.note(f"  message {message.id}")
        try:
            content = decode(message.body)
        except Unreadable:
            return
        if content.workspace_id != message.group:
            return  # poison, like anything that no writer can read
        self.sent.append((message.group, message.body))
        self._world.tally["events sent"] += len(content.events)
        ids = dict.fromkeys(each.id for each in content.events)
        self.order.setdefault(message.group, {}).update(ids)

    def _watch_dead(self, message: Stored) -> None:
        self._world.tally["messages dead after ten receives"] += 1
        self._world.note(f"  dead letter {message.id}")
