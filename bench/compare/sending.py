"""Sends batches through a design, and delivers what waits in its queue."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import msgspec

from ..baselines.shared import Baseline, Queued, Workspace
from ..events import typical_events
from ..handlers import Context
from .watched import Watched

STOCK = 2_000


class NotChained(Exception):
    """A delivery failed, or the chain does not have the events that were sent."""


@cache
def _stock(keyed: bool) -> list[bytes]:
    return [msgspec.json.encode(event) for event in typical_events(STOCK, keyed=keyed)]


def bodies(batch: int, count: int, *, keyed: bool = False) -> list[bytes]:
    """The bodies of `count` requests, each with `batch` typical events."""
    stock = _stock(keyed)
    events = [stock[number % len(stock)] for number in range(batch * count)]
    return [
        b'{"events":[' + b",".join(events[start : start + batch]) + b"]}"
        for start in range(0, len(events), batch)
    ]


def post(design: Baseline, workspace: Workspace, sent: Sequence[bytes]) -> None:
    """Send the requests, one after the other."""
    for body in sent:
        design.post(workspace.secret, body)


def deliver(design: Baseline, watched: Watched, workspace: Workspace) -> int:
    """Deliver the messages that wait, ten at a time, and return the number of deliveries."""
    count = 0
    while isinstance(design, Queued) and (invocation := watched.delivery(workspace.id)):
        answer = design.deliver(invocation, Context())
        if answer["batchItemFailures"]:
            failed = len(answer["batchItemFailures"])
            raise NotChained(f"{type(design).__name__}: {failed} messages were not chained")
        count += 1
    return count


def check(design: Baseline, workspace: Workspace, events: int) -> None:
    """Verify the chain. NotChained unless it has exactly this many events."""
    found = design.check(workspace.id)
    if found != events:
        kind = type(design).__name__
        raise NotChained(f"{kind}: the chain has {found} records, {events} events were sent")
