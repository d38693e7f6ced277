"""What the pages are made of: measured.json, and the facts from outside."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path as File
from typing import Any

from ..facts import OUTSIDE, Fact
from ..runs import CountedRun

MEASURED = File(__file__).parent / "measured.json"

KINDS = ("none", "keys", "request")
"""Idempotency: without keys, a key for each event, an `Idempotency-Key` for the request."""

BATCHES = (1, 10, 100)


@dataclass(frozen=True, slots=True)
class Invocation:
    """What one invocation of a function does: calls to AWS by operation, units, log, time."""

    calls: dict[str, float]
    write_units: float
    read_units: float
    log_bytes: float
    log_lines: float
    cpu_ms: float
    """Processor time on the machine that measured it, botocore included."""


@dataclass(frozen=True, slots=True)
class Path:
    """What one request with `events` events costs on its way to the chain.

    `writer` is a delivery of one message, `packed` one of ten.
    """

    events: int
    queue_bytes: float
    answer_bytes: float
    stored_bytes: float
    stored_items: float
    ingest: Invocation
    writer: Invocation
    packed: Invocation


@dataclass(frozen=True, slots=True)
class Index:
    """What the index costs for each event."""

    write_units: float
    read_units: float
    stored_bytes: float


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that the pages are computed from."""

    paths: dict[str, Path]
    index: Index
    runs: dict[str, CountedRun]
    machine: dict[str, Any]
    prices: dict[str, Fact]
    quotas: dict[str, Fact]
    times: dict[str, Fact]
    assumed: dict[str, Fact]

    def path(self, kind: str, batch: int) -> Path:
        """The measured path of a request."""
        return self.paths[name_of_path(kind, batch)]


def name_of_path(kind: str, batch: int) -> str:
    """The name of a path in measured.json."""
    return f"{kind} {batch}"


def read_facts() -> Facts:
    """Read measured.json, beside the facts from outside."""
    measured = json.loads(MEASURED.read_text())
    return Facts(
        paths={name: path_of(each) for name, each in measured["paths"].items()},
        index=Index(**measured["index"]),
        runs={name: CountedRun(**each) for name, each in measured["runs"].items()},
        machine=measured["machine"],
        prices=OUTSIDE.prices,
        quotas=OUTSIDE.quotas,
        times=OUTSIDE.times,
        assumed=OUTSIDE.assumed,
    )


def path_of(stored: dict[str, Any]) -> Path:
    """A path as measured.json holds it."""
    runs = {name: Invocation(**stored[name]) for name in ("ingest", "writer", "packed")}
    return Path(**{**stored, **runs})
