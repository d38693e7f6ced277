"""Counts the requests that a design makes to its store, each in its own way.

Calls of AWS are noted as they are made, PostgreSQL's protocol is traced, and SQLite reports its
statements.
"""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import groupby

from psycopg.pq import Trace

from ..baselines.relational import Relational
from ..baselines.shared import Baseline
from ..baselines.single_file import SingleFile
from ..facts import OUTSIDE
from ..units import INSERTS, INSERTS_SIDE_BY_SIDE
from .watched import Made, Watched

ITEM, TRANSACTION, QUEUE = "dynamodb_ms", "transaction_ms", "sqs_ms"
ROUND_TRIP, COMMIT, FLUSH = "round_trip_ms", "commit_ms", "flush_ms"
"""The types of request, by the names of their times in facts.toml.

A commit in PostgreSQL comes on top of its round trip.
"""

TYPES = (ITEM, TRANSACTION, QUEUE, ROUND_TRIP, COMMIT, FLUSH)

KINDS = {
    "TransactWriteItems": TRANSACTION,
    "SendMessage": QUEUE,
    "SendMessageBatch": QUEUE,
}
_ANSWER = re.compile(r'^B\t\d+\t(?:CommandComplete\t "(\w+)|ReadyForQuery\t (\w))', re.MULTILINE)
_WRITES = {"INSERT", "UPDATE", "DELETE", "COMMIT"}


@dataclass
class Requests:
    """The requests of a stretch of work. `waits` has each wait for an answer, by type."""

    count: int = 0
    waits: Counter[str] = field(default_factory=Counter)
    calls: list[Made] = field(default_factory=list)

    def __add__(self, other: Requests) -> Requests:
        """Both stretches together."""
        return Requests(
            self.count + other.count, self.waits + other.waits, self.calls + other.calls
        )

    @property
    def milliseconds(self) -> float:
        """The time that these requests take at the stated latencies, one after the other."""
        return sum(count * OUTSIDE.times[kind].value for kind, count in self.waits.items())


@contextmanager
def counted(design: Baseline, watched: Watched) -> Iterator[Requests]:
    """Count the requests that the design makes while the block runs."""
    made = Requests()
    if isinstance(design, Relational):
        with tempfile.TemporaryFile() as trace:
            design.connection.pgconn.trace(trace.fileno())
            design.connection.pgconn.set_trace_flags(Trace.SUPPRESS_TIMESTAMPS)
            yield made
            design.connection.pgconn.untrace()
            trace.seek(0)
            made.waits = waits_of_protocol(trace.read().decode(errors="replace"))
        made.count = made.waits[ROUND_TRIP]
    elif isinstance(design, SingleFile):
        statements: list[str] = []
        design.connection.set_trace_callback(statements.append)
        yield made
        design.connection.set_trace_callback(None)
        made.waits = Counter({FLUSH: statements.count("COMMIT")})
        made.count = made.waits[FLUSH]
    else:
        watched.calls.clear()
        yield made
        made.calls = list(watched.calls)
        made.waits = waits_of_calls([call.operation for call in made.calls])
        made.count = len(made.calls)


def waits_of_calls(operations: Sequence[str]) -> Counter[str]:
    """The waits for AWS, by type of request. Inserts side by side are waited for together."""
    waits: Counter[str] = Counter()
    for operation, run in groupby(operations):
        at_once = INSERTS_SIDE_BY_SIDE if operation == INSERTS else 1
        waits[KINDS.get(operation, ITEM)] += -(-len(list(run)) // at_once)
    return waits


def waits_of_protocol(trace: str) -> Counter[str]:
    """The waits for PostgreSQL, from a trace of its protocol.

    One for each `ReadyForQuery`, and one more if a transaction that wrote has ended.

    https://www.postgresql.org/docs/current/protocol-flow.html
    """
    waits: Counter[str] = Counter()
    wrote = False
    for command, state in _ANSWER.findall(trace):
        wrote = wrote or command in _WRITES
        if state:
            waits[ROUND_TRIP] += 1
        if state == "I":
            waits[COMMIT] += wrote
            wrote = False
    return waits
