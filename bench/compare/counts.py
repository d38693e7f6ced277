"""Counts requests, units, bytes and dollars of each design, from the calls that it really makes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..baselines.relational import Relational
from ..baselines.shared import Baseline, Queued
from ..baselines.single_file import SingleFile
from .designs import Design, Engines
from .requests import Requests, counted
from .sending import bodies, check, deliver, post
from .spent import busiest, dollars, read, stored, written
from .watched import Watched

BATCHES = (1, 10, 100)
FULL = 10
"""Requests that wait before they are delivered together, for the ceiling of a workspace."""

ENOUGH = 200
"""Events from which on the pages of PostgreSQL and SQLite say how large an event is."""

MILLION = 1_000_000
_TRIES = 5


@dataclass(frozen=True, slots=True)
class Count:
    """What a design does for some requests of `batch` events each, and for chaining them.

    `units_of_chain` are the write units in the chain's own partition, or in its head's if those
    are more. Figures without a meaning for a store are None.
    """

    design: str
    batch: int
    events: int
    requests: int
    deliveries: int
    accepting: Requests
    chaining: Requests
    write_units: float | None
    read_units: float | None
    units_of_chain: float | None
    stored_bytes: int | None
    dollars: float | None

    @property
    def requests_an_event(self) -> float:
        """Requests to the store and to the queue, for each event."""
        return (self.accepting.count + self.chaining.count) / self.events

    @property
    def whole_way(self) -> float:
        """Milliseconds from a request until its events are chained, at the stated latencies."""
        return (self.accepting.milliseconds + self.chaining.milliseconds) / self.requests

    def as_json(self) -> dict[str, Any]:
        """The figures, for each event where that makes sense."""
        return {
            "design": self.design.strip(),
            "batch": self.batch,
            "requests_an_event": self.requests_an_event,
            "write_units_an_event": _each(self.write_units, self.events),
            "read_units_an_event": _each(self.read_units, self.events),
            "bytes_an_event": _each(self.stored_bytes, self.events),
            "dollars_a_million": _each(self.dollars, self.events / MILLION),
            "waits": dict(self.accepting.waits + self.chaining.waits),
        }


def _each(total: float | None, count: float) -> float | None:
    return None if total is None else total / count


class TooBusy(Exception):
    """DynamoDB Local did not answer in time, again and again, so nothing can be counted."""


def count(design: Design, engines: Engines, batch: int, requests: int, together: int = 1) -> Count:
    """Send requests through a new workspace of the design, and verify its chain.

    `together` requests wait in the queue before they are delivered. A count in which a call was not
    answered in time is made again. TooBusy when that does not help.
    """
    for _ in range(_TRIES):
        watched = Watched()
        made = _count(design, engines, batch, requests, together, watched)
        if not watched.unanswered:
            return made
    raise TooBusy("DynamoDB Local does not answer in time. Is this machine very busy?")


def _count(
    design: Design, engines: Engines, batch: int, requests: int, together: int, watched: Watched
) -> Count:
    with watched.watching():
        made = design.make(engines)
        workspace = made.add_workspace()
        sent = bodies(batch, 1 + requests, keyed=design.keyed)
        post(made, workspace, sent[:1])  # what only the first request of a process does
        deliver(made, watched, workspace)
        accepting, chaining, deliveries = Requests(), Requests(), 0
        before = _size(made)
        for start in range(1, requests + 1, together):
            with counted(made, watched) as stretch:
                post(made, workspace, sent[start : start + together])
            accepting += stretch
            with counted(made, watched) as stretch:
                deliveries += deliver(made, watched, workspace)
            chaining += stretch
        events = batch * requests
        check(made, workspace, events + batch)
        size = _size(made) - before
    calls = accepting.calls + chaining.calls
    on_aws = isinstance(made, Queued)
    writes = written(calls)
    return Count(
        design.name,
        batch,
        events,
        requests,
        deliveries,
        accepting,
        chaining,
        write_units=writes if on_aws else None,
        read_units=read(calls) if on_aws else None,
        units_of_chain=busiest(chaining.calls) if on_aws else None,
        stored_bytes=stored(calls) if on_aws else size if events >= ENOUGH else None,
        dollars=dollars(accepting, chaining, requests, deliveries) if on_aws else None,
    )


def _size(made: Baseline) -> int:
    return made.stored_bytes() if isinstance(made, Relational | SingleFile) else 0
