"""Reading back out of a chain of a million events: calls, read units, time and memory."""

from __future__ import annotations

import json
import statistics
import time
import tracemalloc
from typing import Any

from .aws import SECRET
from .figures import Figure
from .handlers import Context, Handler, load
from .long_chain import EVENTS, RARE, RARE_EVERY, LongChain, long_chain

NEWEST_CALLS_TARGET, BY_ID_CALLS_TARGET = 3, 2
_ROUNDS = 9
_GROUP = f"reading, out of {EVENTS:,} events"

Asked = tuple[str, dict[str, str]]


def measure_reading() -> list[Figure]:
    """Every way of reading, by the handler, with DynamoDB's answers at hand."""
    chain = long_chain()
    page, by_id = "/v1/events", f"/v1/events/{chain.ids[len(chain.ids) // 3]}"
    ways: list[tuple[str, Asked, int | None]] = [
        ("the newest 25", (page, {}), NEWEST_CALLS_TARGET),
        (f"a filter that matches 1 in {RARE_EVERY:,}", (page, {"tenant_id": RARE}), None),
        ("a filter that matches nothing", (page, {"tenant_id": "org_none"}), None),
        ("a search that matches nothing, one request", (page, {"search": "no such text"}), None),
        ("25 from the middle, by time", (page, {"to": "2025-11-23T09:30:00Z"}), None),
        ("one event by id", (by_id, {}), BY_ID_CALLS_TARGET),
        ("verifying 10,000 events", ("/v1/verify", {}), None),
    ]
    figures = []
    for name, asked, target in ways:
        figures += _measure(chain, name, asked, target)
    units = chain.index_units / EVENTS
    note = "both levels and the directory, by the indexer"
    return [*figures, Figure(_GROUP, "the index, per event", "write units", units, note=note)]


def _measure(chain: LongChain, name: str, asked: Asked, target: int | None) -> list[Figure]:
    handler, store = load("query"), chain.store
    with store.answering():
        store.forget()
        _ask(handler, asked)
        cold = len(store.calls)
        tracemalloc.start()
        _ask(handler, asked)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        store.forget()
        _ask(handler, asked)
        calls, units = len(store.calls), store.read_units
        taken = [_timed(handler, asked) for _ in range(_ROUNDS)]
    note = f"{cold} when the function is new"
    return [
        Figure(_GROUP, name, "AWS calls", calls, target=target, note=note),
        Figure(_GROUP, "  read", "read units", units),
        Figure(_GROUP, "  handler", "ms", statistics.median(taken), min(taken)),
        Figure(
            _GROUP, "  memory", "MB", peak / 1e6, note="at its peak, besides the function's own"
        ),
    ]


def _timed(handler: Handler, asked: Asked) -> float:
    start = time.process_time()
    _ask(handler, asked)
    return (time.process_time() - start) * 1_000


def _ask(handler: Handler, asked: Asked) -> dict[str, Any]:
    path, query = asked
    headers = {"Authorization": f"Bearer {SECRET}"}
    answer = handler(
        {
            "resource": path,
            "path": path,
            "httpMethod": "GET",
            "headers": headers,
            "multiValueHeaders": {name: [value] for name, value in headers.items()},
            "queryStringParameters": query,
            "multiValueQueryStringParameters": {name: [value] for name, value in query.items()},
            "requestContext": {
                "requestId": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
                "requestTimeEpoch": time.time_ns() // 1_000_000,
                "identity": {"sourceIp": "203.0.113.7"},
                "path": f"/api{path}",
                "stage": "api",
            },
            "body": None,
            "isBase64Encoded": False,
        },
        Context(),
    )
    if answer["statusCode"] != 200:
        raise ValueError(f"{path} was answered with {answer['statusCode']}: {answer['body']}")
    told: dict[str, Any] = json.loads(answer["body"])
    return told
