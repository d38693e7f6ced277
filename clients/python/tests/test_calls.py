"""What each call sends."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta, timezone
from typing import Any

import httpx
import pytest
from support_client import (
    EVENT_ID,
    EXPORT_ID,
    KEY,
    QUEUED,
    RECEIPTS,
    Setup,
    body_of,
    query_of,
    reply,
)

from indelible_client import Client, InvalidArgument

EVENT: Any = {"actor_id": "user_2hG9kLm", "action": "document.created"}
PAGE = {"data": [], "pagination": {"has_more": False, "next_cursor": None}}
STARTED = {"id": EXPORT_ID, "status": "pending", "data": {"id": EXPORT_ID, "status": "pending"}}


def test_an_event_is_posted_with_the_key_as_a_bearer_token(setup: Setup) -> None:
    client, server = setup.client(reply(202, QUEUED))
    assert client.track(EVENT) == QUEUED
    assert server.last.method == "POST"
    assert str(server.last.url) == "https://audit.example.com/api/v1/events"
    assert server.last.headers["Authorization"] == f"Bearer {KEY}"
    assert server.last.headers["Content-Type"] == "application/json"
    assert body_of(server.last) == EVENT


def test_each_submit_has_a_key_of_its_own(setup: Setup) -> None:
    client, server = setup.client(reply(202, {**QUEUED, **RECEIPTS}))
    client.track(EVENT)
    client.track_batch([EVENT])
    client.track_lines('{"actor_id": "a", "action": "b"}\n')
    assert None not in server.keys
    assert len(set(server.keys)) == 3


def test_an_event_with_a_key_is_sent_under_that_key_alone(setup: Setup) -> None:
    client, server = setup.client(reply(202, QUEUED))
    client.track({**EVENT, "idempotency_key": "create-doc_8nXpQr3"})
    assert server.keys == [None]
    assert body_of(server.last)["idempotency_key"] == "create-doc_8nXpQr3"


def test_a_batch_takes_the_key_of_the_caller(setup: Setup) -> None:
    client, server = setup.client(reply(202, RECEIPTS))
    client.track_batch([EVENT], idempotency_key="import-7")
    assert server.keys == ["import-7"]


@pytest.mark.parametrize("count", [1, 100])
def test_up_to_a_hundred_events_are_an_object(setup: Setup, count: int) -> None:
    client, server = setup.client(reply(202, RECEIPTS))
    client.track_batch([EVENT] * count)
    assert body_of(server.last) == {"events": [EVENT] * count}


def test_more_than_a_hundred_events_are_an_array(setup: Setup) -> None:
    client, server = setup.client(reply(202, RECEIPTS))
    client.track_batch([EVENT] * 101)
    assert body_of(server.last) == [EVENT] * 101


def test_lines_are_sent_as_they_are(setup: Setup) -> None:
    client, server = setup.client(reply(202, RECEIPTS))
    client.track_lines('{"actor_id": "Zoë", "action": "b"}\n')
    assert server.last.content == '{"actor_id": "Zoë", "action": "b"}\n'.encode()
    assert server.last.headers["Content-Type"] == "application/x-ndjson"


def test_a_large_body_is_compressed_and_a_small_one_is_not(setup: Setup) -> None:
    client, server = setup.client(reply(202, RECEIPTS))
    client.track_batch([EVENT])
    assert "Content-Encoding" not in server.last.headers
    client.track_batch([EVENT] * 100)
    assert server.last.headers["Content-Encoding"] == "gzip"
    assert len(server.last.content) < 300


@pytest.mark.parametrize(
    ("event", "place"),
    [
        ({"metadata": {"amount": float("nan")}}, "metadata.amount"),
        ({"metadata": {"at": datetime(2026, 3, 2)}}, "metadata.at"),  # noqa: DTZ001
        ({"targets": [{"type": "team"}, {"type": b"team"}]}, "targets.1.type"),
        ({"actor_name": "half \ud83d"}, "actor_name"),
    ],
)
def test_a_value_that_json_cannot_carry_is_named_and_nothing_is_sent(
    setup: Setup, event: Any, place: str
) -> None:
    client, server = setup.client(reply(202, RECEIPTS))
    with pytest.raises(InvalidArgument, match=re.escape(f"events.1.{place}: JSON")):
        client.track_batch([EVENT, {**EVENT, **event}])
    assert server.requests == []


@pytest.mark.parametrize(
    ("events", "message"),
    [
        ({"events": [EVENT]}, "events: must be a list"),
        ("document.created", "events: must be a list"),
        ([EVENT, "document.created"], r"events\.1: must be a dict .* not str\."),
        ([EVENT, None], r"events\.1: must be a dict .* not NoneType\."),
    ],
)
def test_what_is_no_batch_is_refused(setup: Setup, events: Any, message: str) -> None:
    client, server = setup.client(reply(202, RECEIPTS))
    with pytest.raises(InvalidArgument, match=message):
        client.track_batch(events)
    assert server.requests == []


def test_what_is_no_event_is_refused(setup: Setup) -> None:
    client, server = setup.client(reply(202, QUEUED))
    with pytest.raises(InvalidArgument, match=r"^payload: must be a dict .* not str\.$"):
        client.track("document.created")
    with pytest.raises(InvalidArgument, match=r"^lines: must be str or bytes"):
        client.track_lines([EVENT])
    assert server.requests == []


def test_an_object_that_contains_itself_is_refused(setup: Setup) -> None:
    client, server = setup.client(reply(202, QUEUED))
    metadata: dict[str, Any] = {}
    metadata["self"] = metadata
    with pytest.raises(InvalidArgument, match=r"Circular reference"):
        client.track({**EVENT, "metadata": metadata})
    assert server.requests == []


@pytest.mark.parametrize("key", ["", " a", "a\n", "ä", "k" * 256])
def test_a_key_that_cannot_be_a_header_is_refused(setup: Setup, key: str) -> None:
    client, server = setup.client(reply(202, RECEIPTS))
    with pytest.raises(InvalidArgument, match=r"^idempotency_key: "):
        client.track_batch([EVENT], idempotency_key=key)
    assert server.requests == []


def test_all_filters_are_sent_under_the_names_of_the_api(setup: Setup) -> None:
    client, server = setup.client(reply(200, PAGE))
    client.get_events(
        actor_id=5,
        action=["login.failed", "login.blocked"],
        metadata={"plan": "pro", "seats": 12, "owner.vip": True, "reason": None},
        search="a+b & Straße",
        from_date=date(2026, 3, 1),
        to_date=datetime(2026, 3, 2, 10, 15, tzinfo=timezone(timedelta(hours=1))),
        occurred_from="2026-03-01",
        order="asc",
        limit=50,
        tenant_id=None,
    )
    assert query_of(server.last) == [
        ("actor_id", "5"),
        ("action", "login.failed"),
        ("action", "login.blocked"),
        ("metadata.plan", "pro"),
        ("metadata.seats", "12"),
        ("metadata.owner.vip", "true"),
        ("metadata.reason", "null"),
        ("search", "a+b & Straße"),
        ("from", "2026-03-01"),
        ("to", "2026-03-02T10:15:00+01:00"),
        ("occurred_from", "2026-03-01"),
        ("order", "asc"),
        ("limit", "50"),
    ]


def test_a_misspelt_filter_is_a_type_error(setup: Setup) -> None:
    client, server = setup.client(reply(200, PAGE))
    with pytest.raises(TypeError, match="'actor' is not an argument"):
        client.get_events(actor="user_2hG9kLm")
    assert server.requests == []


def test_a_datetime_without_a_zone_is_refused(setup: Setup) -> None:
    client, _ = setup.client(reply(200, PAGE))
    with pytest.raises(InvalidArgument, match=r"^from_date: the datetime has no time zone"):
        client.get_events(from_date=datetime(2026, 3, 1))  # noqa: DTZ001


def test_an_event_is_fetched_with_its_proof_if_wanted(setup: Setup) -> None:
    client, server = setup.client(reply(200, {"data": {"id": EVENT_ID}}))
    client.get_event(EVENT_ID)
    assert server.last.url.raw_path == f"/api/v1/events/{EVENT_ID}".encode()
    client.get_event(EVENT_ID, proof=True)
    assert query_of(server.last) == [("proof", "true")]


@pytest.mark.parametrize(
    ("odd", "sent"), [("a/../b?c#d", "a%2F..%2Fb%3Fc%23d"), ("x y%", "x%20y%25")]
)
def test_an_id_is_one_segment_of_the_path_whatever_it_has(
    setup: Setup, odd: str, sent: str
) -> None:
    client, server = setup.client(reply(200, {"data": {}}))
    client.get_event(odd)
    assert server.last.url.raw_path == f"/api/v1/events/{sent}".encode()


def test_an_empty_id_is_refused(setup: Setup) -> None:
    client, server = setup.client(reply(200, {"data": {}}))
    with pytest.raises(InvalidArgument):
        client.get_export("")
    assert server.requests == []


def test_an_export_has_its_filters_beside_its_format(setup: Setup) -> None:
    client, server = setup.client(reply(202, STARTED))
    client.create_export(
        format="ndjson", action=["a.b", "c.d"], metadata={"seats": 12}, from_date="2026-11-01"
    )
    assert body_of(server.last) == {
        "format": "ndjson",
        "action": ["a.b", "c.d"],
        "metadata.seats": "12",
        "from": "2026-11-01",
    }


def test_a_viewer_token_names_whose_events_it_shows(setup: Setup) -> None:
    made = {"token": "eyJ", "viewer_token": "eyJ", "expires_at": 1_795_752_000}
    client, server = setup.client(reply(200, made))
    assert client.create_viewer_token(tenant_id="org_1", actor_id=7, ttl=600) == made
    assert (server.last.method, server.last.url.path) == ("POST", "/api/v1/viewer-token")
    assert body_of(server.last) == {"tenant_id": "org_1", "actor_id": 7, "ttl": 600}


@pytest.mark.parametrize("name", ["tenant_id", "actor_id"])
def test_a_tenant_that_is_missing_by_mistake_never_stands_for_all(setup: Setup, name: str) -> None:
    client, server = setup.client()
    with pytest.raises(InvalidArgument, match=name):
        client.create_viewer_token(**{name: None})
    assert server.requests == []


def test_an_export_is_cancelled_with_delete(setup: Setup) -> None:
    client, server = setup.client(reply(200, {"data": {"id": EXPORT_ID}}))
    client.cancel_export(EXPORT_ID)
    assert (server.last.method, server.last.url.path) == ("DELETE", f"/api/v1/exports/{EXPORT_ID}")


def test_a_read_may_take_ten_seconds_and_a_submit_thirty(setup: Setup) -> None:
    client, server = setup.client(reply(200, {**PAGE, **QUEUED}))
    client.get_events()
    client.track(EVENT)
    assert [each.extensions["timeout"]["read"] for each in server.requests] == [10.0, 30.0]
    client, server = setup.client(reply(200, PAGE), timeout=5.0)
    client.get_events()
    assert server.last.extensions["timeout"]["read"] == 5.0


def test_a_client_of_the_caller_is_not_closed() -> None:
    http = httpx.Client()
    with Client(KEY, "https://audit.example.com", http=http):
        pass
    assert not http.is_closed
    http.close()
