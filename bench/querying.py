"""Measures reading from a chain of a million events: calls, read units, time and memory."""

from __future__ import annotations

import json
import statistics
import time
import tracemalloc
from typing import Any

from .figures import Figure
from .handlers import Context, Handler, invocation, load
from .long_chain import EVENTS, RARE, RARE_EVERY, LongChain, long_chain

NEWEST_CALLS_TARGET, RARE_CALLS_TARGET, BY_ID_CALLS_TARGET = 3, 8, 2
_JUNE, _JUNE_ENDS = "2025-06-01", "2025-06-30"
_ROUNDS = 9
_GROUP = f"reading, out of {EVENTS:,} events"

Request = tuple[str, dict[str, str]]
"""A path and query parameters."""


def measure_reading() -> list[Figure]:
    """Measure each way of reading with the handler. DynamoDB answers immediately."""
    chain = long_chain()
    page, by_id = "/v1/events", f"/v1/events/{chain.ids[len(chain.ids) // 3]}"
    ways: list[tuple[str, Request, int | None]] = [
        ("the newest 25", (page, {}), NEWEST_CALLS_TARGET),
        (
            f"a filter that matches 1 in {RARE_EVERY:,}",
            (page, {"tenant_id": RARE}),
            RARE_CALLS_TARGET,
        ),
        ("a filter that matches nothing", (page, {"tenant_id": "org_none"}), None),
        ("a filter that matches 1 in 4, with the total", (page, {"resource": "document"}), None),
        ("the oldest 25", (page, {"order": "asc"}), NEWEST_CALLS_TARGET),
        (
            "by object and when it happened, sent months later",
            (page, {"object_id": RARE, "occurred_from": _JUNE, "occurred_to": _JUNE_ENDS}),
            RARE_CALLS_TARGET,
        ),
        ("by when it happened alone, 25", (page, {"occurred_to": "2025-11-23T09:20:00Z"}), None),
        ("a search that matches nothing, one request", (page, {"search": "no such text"}), None),
        ("25 from the middle, by time", (page, {"to": "2025-11-23T09:30:00Z"}), None),
        ("one event by id", (by_id, {}), BY_ID_CALLS_TARGET),
        ("verifying 10,000 events", ("/v1/verify", {}), None),
    ]
    figures = []
    for name, request, target in ways:
        figures += _measure(chain, name, request, target)
    units = chain.index_units / EVENTS
    note = "both levels and the directory, by the indexer"
    return [*figures, Figure(_GROUP, "the index, per event", "write units", units, note=note)]


def _measure(chain: LongChain, name: str, request: Request, target: int | None) -> list[Figure]:
    handler, store = load("query"), chain.store
    with store.answering():
        store.forget()
        _send(handler, request)
        cold = len(store.calls)
        tracemalloc.start()
        _send(handler, request)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        store.forget()
        _send(handler, request)
        calls, units = len(store.calls), store.read_units
        taken = [_timed(handler, request) for _ in range(_ROUNDS)]
    note = f"{cold} on a cold start"
    return [
        Figure(_GROUP, name, "AWS calls", calls, target=target, note=note),
        Figure(_GROUP, "  read", "read units", units),
        Figure(_GROUP, "  handler", "ms", statistics.median(taken), min(taken)),
        Figure(_GROUP, "  memory", "MB", peak / 1e6, note="peak, besides the function's own"),
    ]


def _timed(handler: Handler, request: Request) -> float:
    start = time.process_time()
    _send(handler, request)
    return (time.process_time() - start) * 1_000


def _send(handler: Handler, request: Request) -> dict[str, Any]:
    path, query = request
    answer = handler(invocation("GET", path, query=query), Context())
    if answer["statusCode"] != 200:
        raise ValueError(f"{path} was answered with {answer['statusCode']}: {answer['body']}")
    body: dict[str, Any] = json.loads(answer["body"])
    return body
