"""Steps that end-to-end tests share: sending and reading."""

from __future__ import annotations

import json
import random
import time
from typing import Any

import httpx
import pytest
from indelible.aws.ledger import DynamoDBLedger
from indelible.chain.segment import read_records

from tools.local.waiting import PATIENCE_SECONDS

UNAVAILABLE = {429, 502, 503}
"""503 by contract. The emulator answers 429 when ingest has its limit of eight processes, and 502
when ingest crashes or times out (docs/local.md)."""


def post(http: httpx.Client, api_key: str, path: str, body: object) -> httpx.Response:
    """POST a body as JSON, with the API key."""
    headers = {"Authorization": f"Bearer {api_key}", "Content-Type": "application/json"}
    return http.post(path, content=json.dumps(body).encode(), headers=headers)


def get(http: httpx.Client, api_key: str, path: str, **parameters: str | int) -> httpx.Response:
    """GET a path with query parameters and the API key."""
    return http.get(path, params=parameters, headers={"Authorization": f"Bearer {api_key}"})


def send_until_accepted(
    http: httpx.Client, api_key: str, events: list[dict[str, object]]
) -> list[dict[str, str]]:
    """Send a batch until it is accepted, as the contract asks clients to; returns its receipts."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        answer = post(http, api_key, "v1/events/batch", {"events": events})
        if answer.status_code == httpx.codes.ACCEPTED:
            receipts: list[dict[str, str]] = answer.json()["events"]
            return receipts
        assert answer.status_code in UNAVAILABLE, answer.text
        time.sleep(random.uniform(0.5, 1.5))
    pytest.fail(f"not accepted within {PATIENCE_SECONDS} s")


def chained(ledger: DynamoDBLedger, workspace_id: str) -> list[dict[str, Any]]:
    """The records of a chain in order, parsed."""
    return [
        json.loads(record)
        for segment in ledger.ascending(workspace_id, 1)
        for record in read_records(segment)
    ]
