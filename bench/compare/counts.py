"""Counts requests, units, bytes and dollars of each design, from the calls that it really makes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..aws import Call
from ..baselines.relational import Relational
from ..baselines.shared import Baseline, Queued
from ..baselines.single_file import SingleFile
from ..units import item_bytes, stored_bytes, write_units
from .designs import Design, Engines
from .requests import Requests, counted
from .sending import bodies, check, deliver, post
from .stated import LAMBDA_GIGABYTES, MILLION, PRICES, READ_UNIT, SQS_CHUNK
from .watched import Watched

BATCHES = (1, 10, 100)
FULL = 10
"""Requests that wait before they are delivered together, for the ceiling of a workspace."""

ENOUGH = 200
"""Events from which on the pages of PostgreSQL and SQLite say how large an event is."""

_TRIES = 5
_CHAIN = ("CHAIN#", "HEAD#")


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
        sent = bodies(batch, requests, keyed=design.keyed)
        accepting, chaining, deliveries = Requests(), Requests(), 0
        before = _size(made)
        for start in range(0, requests, together):
            with counted(made, watched) as stretch:
                post(made, workspace, sent[start : start + together])
            accepting += stretch
            with counted(made, watched) as stretch:
                deliveries += deliver(made, watched, workspace)
            chaining += stretch
        events = batch * requests
        check(made, workspace, events)
        size = _size(made) - before
    calls = accepting.calls + chaining.calls
    on_aws = isinstance(made, Queued)
    writes = _written(calls)
    return Count(
        design.name,
        batch,
        events,
        requests,
        deliveries,
        accepting,
        chaining,
        write_units=writes if on_aws else None,
        read_units=_read(calls) if on_aws else None,
        units_of_chain=_busiest(chaining.calls) if on_aws else None,
        stored_bytes=_stored(calls) if on_aws else size if events >= ENOUGH else None,
        dollars=_dollars(accepting, chaining, requests, deliveries) if on_aws else None,
    )


def _size(made: Baseline) -> int:
    return made.stored_bytes() if isinstance(made, Relational | SingleFile) else 0


def _call(made: Any) -> Call:
    return Call(made.operation, made.parameters)


def _stored(calls: list[Any]) -> int:
    return sum(stored_bytes(_call(each)) for each in calls)


def _written(calls: list[Any]) -> int:
    return sum(write_units(_call(each)) for each in calls)


def _read(calls: list[Any]) -> int:
    """Read units of consistent reads: one for each started 4 KB of what a call returns."""
    units = 0
    for made in calls:
        match made.operation:
            case "GetItem":
                found = [made.answer["Item"]] if "Item" in made.answer else []
            case "Query":
                found = made.answer["Items"]
            case "BatchGetItem":
                asked = sum(len(each["Keys"]) for each in made.parameters["RequestItems"].values())
                units += asked
                continue
            case _:
                continue
        units += max(1, -(-sum(map(item_bytes, found)) // READ_UNIT))
    return units


def _busiest(calls: list[Any]) -> int:
    """Write units of the partition of the chain that gets most."""
    units = dict.fromkeys(_CHAIN, 0)
    for made in calls:
        match made.operation:
            case "PutItem":
                items = [(made.parameters["Item"], 1)]
            case "TransactWriteItems":
                items = [(each["Put"]["Item"], 2) for each in made.parameters["TransactItems"]]
            case _:
                continue
        for item, factor in items:
            for prefix in units:
                if item.get("pk", {"S": ""})["S"].startswith(prefix):
                    units[prefix] += factor * -(-item_bytes(item) // 1_024)
    return max(units.values())


def _dollars(accepting: Requests, chaining: Requests, requests: int, deliveries: int) -> float:
    """Dollars of a design on AWS. Functions take as long as their requests at stated latencies."""
    calls = accepting.calls + chaining.calls
    chunks = sum(_chunks(made.parameters) for made in calls if made.operation.startswith("Send"))
    seconds = (accepting.milliseconds + chaining.milliseconds) / 1_000
    amounts = {
        "API Gateway, request": requests,
        "Lambda, invocation": requests + deliveries,
        "Lambda, GB-second on arm64": seconds * LAMBDA_GIGABYTES,
        # A delivery is received and deleted once: its messages have less than 64 KiB together,
        # or are as many chunks as were sent.
        "SQS FIFO, call of 64 KiB": chunks + max(deliveries, _large(calls)) + deliveries,
        "DynamoDB, write unit": _written(calls),
        "DynamoDB, read unit": _read(calls),
    }
    return sum(PRICES[name].value * amount for name, amount in amounts.items())


def _chunks(parameters: dict[str, Any]) -> int:
    return max(1, -(-_sent_bytes(parameters) // SQS_CHUNK))


def _sent_bytes(parameters: dict[str, Any]) -> int:
    entries = parameters.get("Entries", [parameters])
    return sum(len(each["MessageBody"].encode()) for each in entries)


def _large(calls: list[Any]) -> int:
    """Chunks of 64 KiB in all messages together."""
    total = sum(_sent_bytes(m.parameters) for m in calls if m.operation.startswith("Send"))
    return -(-total // SQS_CHUNK)
