"""Runs a handler, and counts what its invocations do."""

from __future__ import annotations

import io
from collections import Counter
from typing import Any

from ..aws import Call, constant_answers
from ..handlers import Context, Event, Handler
from ..units import READ_UNIT_BYTES, item_bytes, write_units
from .inputs import Invocation


class Run:
    """The calls and the log of some invocations."""

    def __init__(self, count: int, calls: list[Call], log_bytes: int, log_lines: int) -> None:
        self.count, self.calls = count, calls
        self.log_bytes, self.log_lines = log_bytes, log_lines

    def calls_of(self, operation: str) -> list[Call]:
        """The calls of an operation."""
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


def run(
    handler: Handler, log: io.StringIO, invocations: list[Event]
) -> tuple[Run, list[dict[str, Any]]]:
    """Run the handler. What it did, and its answers."""
    begin = log.tell()
    with constant_answers() as calls:
        answers = [handler(each, Context()) for each in invocations]
    written = log.getvalue()[begin:]
    lines = written.count("\n")
    return Run(len(invocations), list(calls), len(written) - lines, lines), answers


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
