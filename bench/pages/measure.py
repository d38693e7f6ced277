"""Measures what a request costs: `python -m bench.pages --measure` writes measured.json.

Requests go through the real handlers. What ingest sends to the queue is what the writer gets.
"""

from __future__ import annotations

import io
import itertools
import statistics
import time
import uuid
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import asdict
from typing import Any

from ..aws import WORKSPACE, Call, constant_answers, constant_http, set_environment
from ..figures import machine
from ..handlers import Context, Event, Handler, load, request
from ..runs import HOUR, CountedRun, grown_runs, idle_runs
from ..units import inserted, item_bytes
from .inputs import BATCHES, KINDS, Path, name_of_path
from .measure_index import index_of_a_chain
from .run import run

_REQUESTS = {1: 100, 10: 40, 100: 20}
"""Requests measured in a row, by events a request: units are whole numbers, so one says little."""

_PACKED = 10
"""Messages of a delivery to a busy workspace, the most that SQS FIFO hands over."""

_ROUNDS = 4
_received_at = itertools.count(time.time_ns() // 1_000_000, 200)
"""Milliseconds. Each request comes later, so that no event is older than the tail of its chain."""


def measure(batches: tuple[int, ...] = BATCHES, *, rounds: int = _ROUNDS) -> dict[str, Path]:
    """Measure calls, units and bytes, which do not depend on the machine, and processor time.

    Without rounds, the processor time is zero.
    """
    set_environment()
    with redirect_stdout(io.StringIO()) as log:
        ingest, writer = load("ingest"), load("writer")
        return {
            name_of_path(kind, batch): _path(ingest, writer, log, kind, batch, rounds)
            for kind in KINDS
            for batch in batches
        }


def document() -> dict[str, Any]:
    """Everything that measured.json holds. Takes some minutes."""
    paths = {name: asdict(path) for name, path in measure().items()}
    runs = {name: asdict(run) for name, run in {**few_runs(), **many_runs()}.items()}
    return {
        "machine": machine(),
        "paths": paths,
        "index": asdict(index_of_a_chain()),
        "runs": runs,
    }


def few_runs() -> dict[str, CountedRun]:
    """Runs without growth, and of one workspace, which are counted in seconds."""
    set_environment()
    return {
        "idle": idle_runs(),
        "heartbeat": idle_runs(after=HOUR),
        "1 workspace": grown_runs(1, 1),
    }


def many_runs() -> dict[str, CountedRun]:
    """Runs of many workspaces."""
    set_environment()
    return {
        "100 workspaces": grown_runs(100, 1),
        "100 workspaces, 100 records": grown_runs(100, 100, runs=64),
        "10,000 workspaces": grown_runs(10_000, 1, runs=8),
    }


def _path(
    ingest: Handler, writer: Handler, log: io.StringIO, kind: str, batch: int, rounds: int
) -> Path:
    invocations = [*_requests(kind, batch)]
    ingested, answers = run(ingest, log, invocations)
    bodies = [call.parameters["MessageBody"] for call in ingested.calls_of("SendMessage")]
    one_by_one, _ = run(writer, log, [_delivery([body]) for body in bodies])
    again = [_sent(ingest, each) for each in _requests(kind, batch)]
    busy = [again[start : start + _PACKED] for start in range(0, len(again), _PACKED)]
    packed, _ = run(writer, log, [_delivery(each) for each in busy])
    stored = [
        size
        for made in (ingested, one_by_one)
        for call in made.calls
        for size in _stored_bytes(call)
    ]
    return Path(
        events=batch,
        queue_bytes=_mean(len(each.encode()) for each in bodies),
        answer_bytes=_mean(len(each["body"].encode()) for each in answers),
        stored_bytes=sum(stored) / len(invocations),
        stored_items=len(stored) / len(invocations),
        ingest=ingested.invocation(_time_ingest(ingest, kind, batch, rounds)),
        writer=one_by_one.invocation(_time_writer(ingest, writer, kind, batch, 1, rounds)),
        packed=packed.invocation(_time_writer(ingest, writer, kind, batch, _PACKED, rounds)),
    )


def _requests(kind: str, batch: int) -> Iterator[Event]:
    for number in range(_REQUESTS[batch]):
        made = request(batch, keyed=kind == "keys", single=batch == 1, skip=number * batch)
        made["requestContext"]["requestTimeEpoch"] = next(_received_at)
        if kind == "request":
            made["headers"]["Idempotency-Key"] = str(uuid.uuid4())
            made["multiValueHeaders"]["Idempotency-Key"] = [made["headers"]["Idempotency-Key"]]
        yield made


def _delivery(bodies: list[str]) -> Event:
    attributes = {
        "MessageGroupId": WORKSPACE,
        "ApproximateReceiveCount": "1",
        "SentTimestamp": str(time.time_ns() // 1_000_000),
    }
    return {
        "Records": [
            {"messageId": str(uuid.uuid4()), "body": body, "attributes": attributes}
            for body in bodies
        ]
    }


def _sent(ingest: Handler, invocation: Event) -> str:
    """The message that a request becomes."""
    with constant_answers() as calls:
        ingest(invocation, Context())
    [body] = [call.parameters["MessageBody"] for call in calls if call.operation == "SendMessage"]
    return str(body)


def _stored_bytes(call: Call) -> Iterator[int]:
    """The sizes of the items that an operation adds permanently."""
    if call.operation == "PutItem":
        yield item_bytes(call.parameters["Item"])
    elif call.operation == "BatchExecuteStatement":
        yield from (item_bytes(inserted(each)) for each in call.parameters["Statements"])


def _time_ingest(ingest: Handler, kind: str, batch: int, rounds: int) -> float:
    return _best_ms(ingest, [[*_requests(kind, batch)] for _ in range(rounds)])


def _time_writer(
    ingest: Handler, writer: Handler, kind: str, batch: int, packed: int, rounds: int
) -> float:
    prepared = []
    for _ in range(rounds):
        bodies = [_sent(ingest, each) for each in _requests(kind, batch)]
        starts = range(0, len(bodies), packed)
        prepared.append([_delivery(bodies[start : start + packed]) for start in starts])
    return _best_ms(writer, prepared)


def _best_ms(handler: Handler, rounds: list[list[Event]]) -> float:
    """Milliseconds of processor time for an invocation, botocore at work: the fastest round."""
    taken = []
    with constant_http():
        for invocations in rounds:
            start = time.process_time()
            for each in invocations:
                handler(each, Context())
            taken.append((time.process_time() - start) / len(invocations) * 1_000)
    return min(taken[1:], default=0.0)


def _mean(values: Iterator[int]) -> float:
    return statistics.mean(values)
