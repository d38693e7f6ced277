"""Exports through the deployed stack: started, written, and downloaded by link alone."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from e2e.client import answered, chained, get, post, send_until_accepted
from e2e.conftest import STARTING_SECONDS
from indelible.aws.ledger import DynamoDBLedger
from support.contract import validator

from tools.local.waiting import wait_until

Workspaces = Callable[[], tuple[str, str]]


def exported(http: httpx.Client, key: str, request: object) -> dict[str, Any]:
    """Start an export, and wait until it is completed."""
    started = post(http, key, "v1/exports", request)
    assert started.status_code == 202, started.text
    validator("/components/schemas/StartedExport").validate(started.json())
    export_id = started.json()["data"]["id"]

    def finished() -> dict[str, Any] | None:
        answer = get(http, key, f"v1/exports/{export_id}")
        assert answer.status_code == 200, answer.text
        export: dict[str, Any] = answer.json()["data"]
        return export if export["status"] in ("completed", "failed") else None

    export: dict[str, Any] = wait_until("the export is finished", finished)
    validator("/components/schemas/Export").validate(export)
    assert export["status"] == "completed", export
    return export


def follow(link: str) -> httpx.Response:
    """The answer to a link, with nothing but the link."""
    return answered(lambda: httpx.get(link, follow_redirects=True, timeout=STARTING_SECONDS))


def downloaded(export: dict[str, Any]) -> bytes:
    """The file of an export, downloaded with the link only."""
    answer = follow(export["download_url"])
    assert answer.status_code == 200, answer.text
    assert [each.status_code for each in answer.history] == [302]
    assert f"indelible-{export['id']}" in answer.headers["Content-Disposition"]
    assert len(answer.content) == export["file_size"]
    return answer.content


@pytest.fixture
def chain(
    http: httpx.Client, ledger: DynamoDBLedger, new_workspace: Workspaces
) -> tuple[str, list[str]]:
    """A key to a workspace with forty events, and their ids."""
    workspace_id, key = new_workspace()
    events: list[dict[str, object]] = [
        {"actor_id": f"user_{n % 4}", "action": "=invoice.paid"} for n in range(40)
    ]
    ids = [each["id"] for each in send_until_accepted(http, key, events)]
    wait_until("forty records", lambda: len(chained(ledger, workspace_id)) == 40)
    return key, ids


def test_events_are_exported_as_csv(http: httpx.Client, chain: tuple[str, list[str]]) -> None:
    key, ids = chain
    export = exported(http, key, {"filters": {"actor_id": "user_1"}})
    text = io.StringIO(downloaded(export).decode(), newline="")
    rows = list(csv.DictReader(text))
    assert [row["id"] for row in rows] == ids[1::4]
    assert {row["action"] for row in rows} == {"'=invoice.paid"}
    assert export["total_rows"] == 10


def test_events_are_exported_as_the_verifiable_file(
    http: httpx.Client, chain: tuple[str, list[str]]
) -> None:
    key, ids = chain
    export = exported(http, key, {"format": "ndjson"})
    _, *lines = gzip.decompress(downloaded(export)).splitlines()
    assert [json.loads(line)["record"]["id"] for line in lines] == ids


def test_an_export_belongs_to_its_workspace_only(
    http: httpx.Client, chain: tuple[str, list[str]], new_workspace: Workspaces
) -> None:
    key, _ = chain
    _, other = new_workspace()
    export = exported(http, key, {})
    assert get(http, key, f"v1/exports/{export['id']}").status_code == 200
    assert get(http, other, f"v1/exports/{export['id']}").status_code == 404
    theirs = exported(http, other, {})
    assert theirs["total_rows"] == 0
    forged = theirs["download_url"].replace(theirs["id"], export["id"])
    assert follow(forged).status_code == 403
