"""Steps that end-to-end tests share: sending and reading."""

from __future__ import annotations

import json
import random
import secrets
import time
from collections.abc import Callable
from typing import Any

import httpx
from indelible.aws.ledger import DynamoDBLedger
from indelible.chain.segment import read_records

from tools.local.waiting import PATIENCE_SECONDS

UNAVAILABLE = {429, 502, 503}
"""503 by contract. The emulator answers 429 when a function, or all of them, have as many processes
as they may, and 502 when a function crashes or times out (docs/local.md)."""


def answered(send: Callable[[], httpx.Response]) -> httpx.Response:
    """The answer to a request, which is sent again while the stack is busy with other tests.

    The last answer is returned after PATIENCE_SECONDS, whatever it is.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (answer := send()).status_code in UNAVAILABLE and time.monotonic() < deadline:
        time.sleep(random.uniform(0.5, 1.5))
    return answer


def post(
    http: httpx.Client, api_key: str, path: str, body: object, **others: str
) -> httpx.Response:
    """POST a body as JSON, with the API key and other headers."""
    headers = {"Authorization": f"Bearer {api_key}", "Content-Type": "application/json", **others}
    content = json.dumps(body).encode()
    return answered(lambda: http.post(path, content=content, headers=headers))


def get(http: httpx.Client, api_key: str, path: str, **parameters: str | int) -> httpx.Response:
    """GET a path with query parameters and the API key."""
    headers = {"Authorization": f"Bearer {api_key}"}
    return answered(lambda: http.get(path, params=parameters, headers=headers))


def get_publicly(http: httpx.Client, path: str, **parameters: str) -> httpx.Response:
    """GET a path without an API key."""
    return answered(lambda: http.get(path, params=parameters))


def send_until_accepted(
    http: httpx.Client, api_key: str, events: list[dict[str, object]]
) -> list[dict[str, str]]:
    """Send a batch until it is accepted, as the contract asks clients to; returns its receipts.

    Its key lets none of the events in twice when it was queued and the answer was lost.
    """
    key = {"Idempotency-Key": secrets.token_hex(16)}
    answer = post(http, api_key, "v1/events/batch", {"events": events}, **key)
    assert answer.status_code == httpx.codes.ACCEPTED, answer.text
    receipts: list[dict[str, str]] = answer.json()["events"]
    return receipts


def chained(ledger: DynamoDBLedger, workspace_id: str) -> list[dict[str, Any]]:
    """The records of a chain in order, parsed."""
    return [
        json.loads(record)
        for segment in ledger.ascending(workspace_id, 1)
        for record in read_records(segment)
    ]
