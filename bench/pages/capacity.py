"""What a workspace and a stack can take, and which quota ends it. Pure: all comes from `Facts`."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from indelible.accounts.limits import Limits

from .cost import milliseconds
from .inputs import Facts
from .queueing import System, arrivals, percentiles, simulate

SEED = 20_261_123
THROTTLE_RATE = 500
"""Requests a second to a route: ThrottleRate of template.yaml. A test compares it."""

EVENT_BYTES = 500
_MINUTE = 60


@dataclass(frozen=True, slots=True)
class Queue:
    """So many workspaces with `batch` events a message, chained by so many environments."""

    workspaces: int
    environments: int
    batch: int


def writers(facts: Facts, queue: Queue) -> System:
    """The environments of the writer, and what holds up each workspace between two deliveries.

    Between one and ten messages, the time and the write units of a delivery grow evenly. A chain
    is in one partition, which takes so many write units a second. So a workspace pauses until its
    partition has taken the units of its last delivery, and at least for Lambda's cycle. The chains
    of other workspaces are in other partitions.
    """
    path, quotas, taken = facts.path("none", queue.batch), facts.quotas, _taken(facts)
    short, long = milliseconds(facts, path.writer), milliseconds(facts, path.packed)
    few, many = path.writer.write_units, path.packed.write_units
    cycle = facts.times["cycle_ms"].value / 1_000

    def grown(least: float, most: float, messages: int) -> float:
        return least + (messages - 1) / (taken - 1) * (most - least)

    def seconds(messages: int) -> float:
        return grown(short, long, messages) / 1_000

    def pause(messages: int) -> float:
        units = grown(few, many, messages)
        return max(cycle, units / quotas["partition_units"].value - seconds(messages))

    return System(queue.environments, taken, seconds, pause)


def _taken(facts: Facts) -> int:
    """Messages of a delivery at most."""
    return int(facts.quotas["delivered_messages"].value)


def ceilings(facts: Facts, batch: int) -> dict[str, float]:
    """Events a second at which each part of one workspace's way ends."""
    path, quotas, limits = facts.path("none", batch), facts.quotas, Limits()
    most = quotas["delivered_messages"].value
    loop = facts.times["cycle_ms"].value + milliseconds(facts, path.packed)
    partition = quotas["partition_units"].value
    return {
        "the writer's loop, ten messages a delivery": most * batch / loop * 1_000,
        "partition of the chain": partition * most * batch / path.packed.write_units,
        "partition of the usage count": partition * batch,
        "sends of the message group": quotas["group_calls"].value * batch,
        "own limit: `--requests-per-minute`": limits.requests_per_minute / _MINUTE * batch,
        "own limit: `--bytes-per-minute`": limits.bytes_per_minute / _MINUTE / EVENT_BYTES,
    }


def used(facts: Facts, events: float, batch: int) -> dict[str, float]:
    """The share of each quota that a stack uses at so many events a second."""
    path, quotas = facts.path("none", batch), facts.quotas
    requests = events / batch
    units = path.ingest.write_units + path.writer.write_units + batch * facts.index.write_units
    at_work = milliseconds(facts, path.ingest) + milliseconds(facts, path.writer)
    return {
        "ThrottleRate": requests / THROTTLE_RATE,
        "calls of API Gateway": requests / quotas["api_calls"].value,
        "Lambda's environments": requests * at_work / 1_000 / quotas["concurrency"].value,
        "write units of the table": requests * units / quotas["table_units"].value,
        "calls of the queue": requests / quotas["queue_calls"].value,
    }


def lags(facts: Facts, queue: Queue, rate: float, messages: int) -> list[float]:
    """Median and 99th percentile of seconds from the queue to the chain, at `rate` events/s."""
    sent = arrivals(Random(SEED), rate / queue.batch, queue.workspaces, messages)
    return percentiles(simulate(writers(facts, queue), sent), (0.5, 0.99), skipped=0.4)


def saturation(facts: Facts, queue: Queue, messages: int | None = None) -> float:
    """Events a second that so many messages a delivery let through; full deliveries by default.

    Either every environment works, or every workspace is delivered or pauses.
    """
    system, taken = writers(facts, queue), messages or _taken(facts)
    worked, paused = system.seconds(taken), system.pause(taken)
    deliveries = min(queue.environments / worked, queue.workspaces / (worked + paused))
    return deliveries * taken * queue.batch
