"""`getimmutable`, the hosted API's client for Python, works with another base URL and nothing else.

With its default time limit of 5 seconds. Its call for alerts has no counterpart here.
"""

from __future__ import annotations

import csv
import io
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from getimmutable import ImmutableClient
from getimmutable.errors import ImmutableError
from indelible.accounts.keys import SCOPES
from indelible.accounts.workspace import Policy
from indelible.aws.api_keys import create_key
from indelible.aws.table import Table
from indelible.aws.workspaces import create_workspace
from support.hosted_client import IS_BUSY, answered

from tools.local.aws import root_session
from tools.local.stack import Stack
from tools.local.waiting import PATIENCE_SECONDS, wait_until


@pytest.fixture(scope="module")
def client(stack: Stack) -> ImmutableClient:
    """A client of a new workspace, as a tenant of the hosted API would make it."""
    table = Table(
        root_session().client("dynamodb", endpoint_url=stack.endpoint_url), stack.table_name
    )
    now = time.time_ns() // 1_000
    workspace = create_workspace(table, "public client", Policy(), now)
    key = create_key(table, workspace.id, "client", frozenset(SCOPES), now)
    return ImmutableClient(api_key=key, base_url=stack.base_url)


@pytest.fixture(scope="module")
def sent(client: ImmutableClient) -> list[str]:
    """The ids of three events, which are chained."""
    pending = (
        client.actor("user_1", name="Zoë", type="user")
        .idempotency_key("client-1")
        .version(0)
        .session("sess_1")
        .action_category("document")
        .target("folder", "f_1", "Plans", {"depth": 2})
    )
    document = {"type": "document", "id": "doc_1", "name": "Plan"}
    one = answered(pending.track, "document.created", document, {"size": 12, "tags": []})
    batch = [
        {
            "actor_id": "user_2",
            "action": "document.deleted",
            "resource": "document",
            "resource_id": "doc_1",
            "tenant_id": "org_1",
            "idempotency_key": "client-2",
        },
        {
            "actor_id": "user_2",
            "action": "login.failed",
            "metadata": {},
            "idempotency_key": "client-3",
        },
    ]
    receipts = [one, *answered(client.track_batch, batch)["events"]]
    assert {each["status"] for each in receipts} <= {"queued", "duplicate"}
    wait_until("three events are chained", lambda: len(everything(client)) == 3)
    return [each["id"] for each in receipts]


def everything(client: ImmutableClient) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = answered(client.get_events)["data"]
    return events


def a_day(days: int) -> str:
    """A plain date, as the client's own example has it. The tests may run past midnight."""
    return (datetime.now(UTC) + timedelta(days=days)).date().isoformat()


def test_what_was_tracked_is_read_back(client: ImmutableClient, sent: list[str]) -> None:
    event = answered(client.get_event, sent[0])["data"]
    assert (event["actor"]["name"], event["version"], event["session_id"]) == ("Zoë", 0, "sess_1")
    assert event["targets"][0]["metadata"] == {"depth": 2}
    assert event["metadata"] == {"size": 12, "tags": []}
    assert [each["id"] for each in everything(client)] == sent[::-1]


def test_every_filter_and_page_of_a_list(client: ImmutableClient, sent: list[str]) -> None:
    for filters, expected in [
        ({"actor_id": "user_2"}, sent[:0:-1]),
        ({"action": "document.*"}, sent[1::-1]),
        ({"resource": "document", "resource_id": "doc_1"}, sent[1::-1]),
        ({"tenant_id": "org_1"}, [sent[1]]),
        ({"session_id": "sess_1"}, [sent[0]]),
        ({"target_type": "folder", "target_id": "f_1"}, [sent[0]]),
        ({"search": "PLAN"}, [sent[0]]),
        ({"from_date": a_day(-2), "to_date": a_day(2)}, sent[::-1]),
        ({"from_date": a_day(2)}, []),
        ({"to_date": a_day(-2)}, []),
    ]:
        page = answered(client.get_events, **filters)
        assert [each["id"] for each in page["data"]] == expected, filters
        assert page["pagination"]["total"] == len(expected)
    first = answered(client.get_events, limit=2)["pagination"]
    assert (first["has_more"], first["total"]) == (True, 3)
    rest = answered(client.get_events, limit=2, cursor=first["next_cursor"])
    assert [each["id"] for each in rest["data"]] == [sent[0]]
    assert rest["pagination"]["has_more"] is False


def test_the_chain_is_verified_between_plain_dates(
    client: ImmutableClient, sent: list[str]
) -> None:
    for dates in ({}, {"from_date": a_day(-1), "to_date": a_day(1)}):
        verdict = answered(client.verify, **dates, limit=100)["data"]
        assert (verdict["valid"], verdict["events_checked"], verdict["breaks"]) == (True, 3, [])


@pytest.mark.parametrize(
    ("filters", "rows"), [({}, 3), ({"actor_id": "user_2", "action": "document.*"}, 1)]
)
def test_an_export_has_the_rows_of_flat_filters_and_is_downloaded_with_the_key(
    client: ImmutableClient, sent: list[str], stack: Stack, filters: dict[str, str], rows: int
) -> None:
    dates = {"from_date": a_day(-1), "to_date": a_day(1)}
    started = answered(client.create_export, **filters, **dates)["data"]

    def finished() -> dict[str, Any] | None:
        export: dict[str, Any] = answered(client.get_export, started["id"])["data"]
        return export if export["status"] == "completed" else None

    export = wait_until("the export is completed", finished)
    assert export["total_rows"] == rows
    link = f"{stack.base_url}/api/v1/exports/{started['id']}/download"
    headers = {"Authorization": f"Bearer {client._api_key}"}

    def download() -> httpx.Response | None:
        answer = httpx.get(link, headers=headers, follow_redirects=True, timeout=PATIENCE_SECONDS)
        return None if answer.status_code in IS_BUSY else answer

    file = wait_until("the file is returned", download)
    assert len([*csv.DictReader(io.StringIO(file.text))]) == rows


def test_an_error_is_the_clients_error_with_our_code(client: ImmutableClient) -> None:
    with pytest.raises(ImmutableError) as refused:
        answered(client.track, {"actor_id": "user_1"})
    assert refused.value.status_code == 422
    assert "validation_failed" in str(refused.value)
    with pytest.raises(ImmutableError) as missing:
        answered(client.get_alerts)
    assert missing.value.status_code == 404


@pytest.mark.parametrize(
    ("whose", "seen"),
    [({"tenant_id": "org_1"}, [1]), ({"actor_id": "user_2", "ttl": 60}, [2, 1]), ({}, [2, 1, 0])],
)
def test_a_viewer_token_of_the_client_shows_what_it_names(
    client: ImmutableClient,
    sent: list[str],
    stack: Stack,
    whose: dict[str, Any],
    seen: list[int],
) -> None:
    made = answered(client.create_viewer_token, **whose)
    assert made["expires_at"] - time.time() == pytest.approx(whose.get("ttl", 3_600), abs=30)
    holder = ImmutableClient(api_key=made["token"], base_url=stack.base_url)
    assert [each["id"] for each in everything(holder)] == [sent[n] for n in seen]
    with pytest.raises(ImmutableError) as refused:
        answered(holder.track, {"actor_id": "user_1", "action": "a"})
    assert refused.value.status_code == 403


def test_a_new_workspace_has_no_anchors_and_an_unknown_one_is_not_found(
    client: ImmutableClient,
) -> None:
    """Workspaces get their first anchor on their first day. tests/integration has all fields."""
    assert answered(client.get_anchors, limit=5) == {"data": []}
    for call in (client.get_anchor, client.verify_anchor):
        with pytest.raises(ImmutableError) as missing:
            answered(call, f"anc_{'0' * 64}")
        assert missing.value.status_code == 404
