"""What a workspace and a stack can take, and which quota ends it. Pure: all comes from `Facts`."""

from __future__ import annotations

from collections.abc import Callable
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


def delivery_seconds(facts: Facts, batch: int) -> Callable[[int], float]:
    """How long a delivery of n messages keeps its workspace, with the pause before the next one.

    Between one and ten messages it grows evenly. A chain's partition takes so many write units a
    second, so a delivery cannot take less time than its units need.
    """
    path, quotas = facts.path("none", batch), facts.quotas
    most = quotas["delivered_messages"].value
    short, long = milliseconds(facts, path.writer), milliseconds(facts, path.packed)
    few, many = path.writer.write_units, path.packed.write_units
    pause = facts.times["cycle_ms"].value

    def seconds(messages: int) -> float:
        share = (messages - 1) / (most - 1)
        worked = (pause + short + share * (long - short)) / 1_000
        return max(worked, (few + share * (many - few)) / quotas["partition_units"].value)

    return seconds


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
    taken = int(facts.quotas["delivered_messages"].value)
    system = System(queue.environments, taken, delivery_seconds(facts, queue.batch))
    sent = arrivals(Random(SEED), rate / queue.batch, queue.workspaces, messages)
    return percentiles(simulate(system, sent), (0.5, 0.99), skipped=0.4)


def saturation(facts: Facts, queue: Queue, messages: int | None = None) -> float:
    """Events a second that so many messages a delivery let through; full deliveries by default."""
    taken = messages or int(facts.quotas["delivered_messages"].value)
    at_once = min(queue.workspaces, queue.environments)
    return at_once * taken * queue.batch / delivery_seconds(facts, queue.batch)(taken)
