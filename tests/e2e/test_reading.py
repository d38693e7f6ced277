"""Posted events are read back through the deployed stack, and verify."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
from e2e.client import chained, get, post, send_until_accepted
from indelible.aws.ledger import DynamoDBLedger
from support.contract import validator

from tools.local.waiting import wait_until

Workspaces = Callable[[], tuple[str, str]]


def some_events(count: int) -> list[dict[str, object]]:
    """Events that filters can distinguish."""
    return [
        {"actor_id": f"user_{n % 3}", "action": f"invoice.{'paid' if n % 2 else 'sent'}"}
        for n in range(count)
    ]


def ids_of(answer: httpx.Response) -> list[str]:
    """The ids on a page."""
    assert answer.status_code == 200, answer.text
    page: dict[str, Any] = answer.json()
    validator("/components/schemas/EventPage").validate(page)
    return [each["id"] for each in page["data"]]


def test_a_chain_is_listed_fetched_and_verified(
    http: httpx.Client, ledger: DynamoDBLedger, new_workspace: Workspaces
) -> None:
    workspace_id, key = new_workspace()
    _, other_key = new_workspace()
    ids = [each["id"] for each in send_until_accepted(http, key, some_events(40))]
    wait_until("forty records", lambda: len(chained(ledger, workspace_id)) == 40)

    first = get(http, key, "v1/events")
    assert ids_of(first) == ids[:-26:-1]
    cursor = first.json()["pagination"]["next_cursor"]
    assert ids_of(get(http, key, "v1/events", cursor=cursor)) == ids[-26::-1]
    assert get(http, other_key, "v1/events", cursor=cursor).status_code == 400
    assert get(http, key, "v1/events", cursor=cursor, actor_id="user_1").status_code == 400

    paid: dict[str, str | int] = {"actor_id": "user_1", "action": "invoice.p*", "limit": 100}
    expected = [each for n, each in enumerate(ids) if n % 3 == 1 and n % 2][::-1]
    assert ids_of(get(http, key, "v1/events", **paid)) == expected

    one = get(http, key, f"v1/events/{ids[7]}", proof="true").json()["data"]
    validator("/components/schemas/ChainedEvent").validate(one)
    assert (one["id"], one["integrity"]["sequence"]) == (ids[7], 8)
    assert get(http, other_key, f"v1/events/{ids[7]}").status_code == 404

    found = get(http, key, "v1/verify").json()["data"]
    assert (found["valid"], found["events_checked"]) == (True, 40)
    newest = first.json()["data"][0]["integrity"]
    assert found["head"] == {"sequence": 40, "event_hash": newest["event_hash"]}


def test_an_encoded_parameter_arrives_decoded(
    http: httpx.Client, ledger: DynamoDBLedger, new_workspace: Workspaces
) -> None:
    workspace_id, key = new_workspace()
    odd = "a+b c&d=é%2F🔏"
    assert post(http, key, "v1/events", {"actor_id": odd, "action": "x"}).status_code == 202
    wait_until("the record", lambda: chained(ledger, workspace_id))
    [shown] = get(http, key, "v1/events", actor_id=odd).json()["data"]
    assert shown["actor"]["id"] == odd
    late: dict[str, str | int] = {
        "from": "2020-01-01T00:00:00+01:00",
        "to": "2030-01-01T00:00:00.000000Z",
    }
    assert ids_of(get(http, key, "v1/events", **late)) == [shown["id"]]
