"""What the end-to-end tests do again and again."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from indelible.aws.ledger import DynamoDBLedger
from indelible.chain.segment import read_records

PATIENCE_SECONDS = 120
UNAVAILABLE = {429, 502, 503}
"""503 by contract. The emulator answers 429 when ingest is throttled, which may have eight
processes at once, and 502 when it crashes or times out (docs/local.md)."""


def post(http: httpx.Client, api_key: str, path: str, body: object) -> httpx.Response:
    """Send a body as a client does."""
    headers = {"Authorization": f"Bearer {api_key}", "Content-Type": "application/json"}
    return http.post(path, content=json.dumps(body).encode(), headers=headers)


def get(http: httpx.Client, api_key: str, path: str, **asked: str | int) -> httpx.Response:
    """Ask for something as a client does."""
    return http.get(path, params=asked, headers={"Authorization": f"Bearer {api_key}"})


def send_until_accepted(
    http: httpx.Client, api_key: str, events: list[dict[str, object]]
) -> list[dict[str, str]]:
    """The receipts of a batch, sent again as the contract says when it could not be queued."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        answer = post(http, api_key, "v1/events/batch", {"events": events})
        if answer.status_code == httpx.codes.ACCEPTED:
            receipts: list[dict[str, str]] = answer.json()["events"]
            return receipts
        assert answer.status_code in UNAVAILABLE, answer.text
        time.sleep(random.uniform(0.5, 1.5))
    pytest.fail(f"not accepted within {PATIENCE_SECONDS} s")


def wait_until(what: str, condition: Callable[[], Any]) -> Any:
    """The condition's value once it is true; the test fails when it takes too long."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if value := condition():
            return value
        time.sleep(0.2)
    pytest.fail(f"still not so after {PATIENCE_SECONDS} s: {what}")


def chained(ledger: DynamoDBLedger, workspace_id: str) -> list[dict[str, Any]]:
    """The records of a chain, parsed, in order."""
    return [
        json.loads(record)
        for segment in ledger.ascending(workspace_id, 1)
        for record in read_records(segment)
    ]
