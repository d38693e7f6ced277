"""The facts that the pages are made of: measured sizes, list prices, quotas, latencies, designs."""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass
from pathlib import Path as File
from typing import Any

FOLDER = File(__file__).parent
MEASURED = FOLDER / "measured.json"

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
class Fact:
    """A number from outside, with where it is from and when it was looked up.

    `basis` is `read` (in the source), `known` (the source is where to check it), `assumed`, or
    `set` by this project.
    """

    value: float
    what: str
    basis: str
    looked_up: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class Design:
    """Another design: what it writes, and how long its writer waits for the store.

    `messages_per_event` is 1, or 0 for one message a request.
    """

    name: str
    messages_per_event: int
    events_per_commit: int
    units_per_event: float
    units_per_commit: float
    waits_per_delivery_ms: float
    waits_per_event_ms: float
    waits_per_commit_ms: float


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that the pages are computed from."""

    paths: dict[str, Path]
    index: Index
    machine: dict[str, Any]
    prices: dict[str, Fact]
    quotas: dict[str, Fact]
    times: dict[str, Fact]
    assumed: dict[str, Fact]
    designs: dict[str, Design]

    def path(self, kind: str, batch: int) -> Path:
        """The measured path of a request."""
        return self.paths[name_of_path(kind, batch)]


def name_of_path(kind: str, batch: int) -> str:
    """The name of a path in measured.json."""
    return f"{kind} {batch}"


def read_facts() -> Facts:
    """Read measured.json and facts.toml."""
    measured = json.loads(MEASURED.read_text())
    outside = tomllib.loads((FOLDER / "facts.toml").read_text())
    return Facts(
        paths={name: path_of(each) for name, each in measured["paths"].items()},
        index=Index(**measured["index"]),
        machine=measured["machine"],
        **{part: _facts(outside, part) for part in ("prices", "quotas", "times", "assumed")},
        designs={name: Design(**each) for name, each in outside["designs"].items()},
    )


def path_of(stored: dict[str, Any]) -> Path:
    """A path as measured.json holds it."""
    runs = {name: Invocation(**stored[name]) for name in ("ingest", "writer", "packed")}
    return Path(**{**stored, **runs})


def _facts(outside: dict[str, Any], part: str) -> dict[str, Fact]:
    """The facts of one part. The date is that of the file, unless a fact has one of its own."""
    return {
        name: Fact(**{"looked_up": outside["looked_up"], **fact})
        for name, fact in outside[part].items()
    }
