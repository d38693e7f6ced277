"""Measures what a request costs: `python -m bench.pages --measure` writes measured.json.

Requests go through the real handlers. What ingest sends to the queue is what the writer gets.
"""

from __future__ import annotations

import io
import itertools
import statistics
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import asdict
from typing import Any

from ..aws import WORKSPACE, Call, constant_answers, constant_http, set_environment
from ..figures import machine
from ..handlers import Context, Event, Handler, load, request
from ..units import READ_UNIT_BYTES, inserted, item_bytes, write_units
from .inputs import BATCHES, KINDS, Invocation, Path, name_of_path
from .measure_index import index_of_a_chain

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
    return {"machine": machine(), "paths": paths, "index": asdict(index_of_a_chain())}


def _path(
    ingest: Handler, writer: Handler, log: io.StringIO, kind: str, batch: int, rounds: int
) -> Path:
    invocations = [*_requests(kind, batch)]
    ingested, answers = _run(ingest, log, invocations)
    bodies = [call.parameters["MessageBody"] for call in ingested.calls_of("SendMessage")]
    one_by_one, _ = _run(writer, log, [_delivery([body]) for body in bodies])
    again = [_sent(ingest, each) for each in _requests(kind, batch)]
    busy = [again[start : start + _PACKED] for start in range(0, len(again), _PACKED)]
    packed, _ = _run(writer, log, [_delivery(each) for each in busy])
    stored = [
        size for run in (ingested, one_by_one) for call in run.calls for size in _stored_bytes(call)
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


class _Run:
    """The calls and the log of some invocations."""

    def __init__(self, count: int, calls: list[Call], log_bytes: int, log_lines: int) -> None:
        self.count, self.calls = count, calls
        self.log_bytes, self.log_lines = log_bytes, log_lines

    def calls_of(self, operation: str) -> list[Call]:
        return [call for call in self.calls if call.operation == operation]

    def invocation(self, cpu_ms: float) -> Invocation:
        """The mean of the invocations."""
        operations = Counter(call.operation for call in self.calls)
        return Invocation(
            calls={name: number / self.count for name, number in sorted(operations.items())},
            write_units=sum(map(write_units, self.calls)) / self.count,
            read_units=_read_units(self.calls) / self.count,
            log_bytes=self.log_bytes / self.count,
            log_lines=self.log_lines / self.count,
            cpu_ms=round(cpu_ms, 3),
        )


def _run(
    handler: Handler, log: io.StringIO, invocations: list[Event]
) -> tuple[_Run, list[dict[str, Any]]]:
    begin = log.tell()
    with constant_answers() as calls:
        answers = [handler(each, Context()) for each in invocations]
    written = log.getvalue()[begin:]
    lines = written.count("\n")
    return _Run(len(invocations), list(calls), len(written) - lines, lines), answers


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
    """The sizes of the items that an operation adds for good."""
    if call.operation == "PutItem":
        yield item_bytes(call.parameters["Item"])
    elif call.operation == "BatchExecuteStatement":
        yield from (item_bytes(inserted(each)) for each in call.parameters["Statements"])


def _read_units(calls: list[Call]) -> float:
    """Read units of consistent reads: a started 4 KB each, and one for what is not there."""
    units, last_segment = 0, 0
    for call in calls:
        match call.operation:
            case "GetItem":
                units += 1
            case "BatchGetItem":
                units += sum(len(e["Keys"]) for e in call.parameters["RequestItems"].values())
            case "Query":
                units += max(1, -(-last_segment // READ_UNIT_BYTES))
            case "PutItem":
                last_segment = item_bytes(call.parameters["Item"])
    return units


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
