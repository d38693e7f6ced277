"""The public client of the hosted service and this one: the same calls, the same results."""

from __future__ import annotations

from typing import Any, Callable, Protocol

import httpx
import pytest
from getimmutable import ImmutableClient, ImmutableError
from support_client import (
    BASE_URL,
    EVENT_ID,
    EXPORT_ID,
    KEY,
    QUEUED,
    RECEIPTS,
    Server,
    body_of,
    query_of,
    refusal,
    reply,
)

from indelible_client import Client, IndelibleError


class Make(Protocol):
    def __call__(self, transport: httpx.MockTransport, patch: pytest.MonkeyPatch) -> Any: ...


def public(transport: httpx.MockTransport, patch: pytest.MonkeyPatch) -> Any:
    def request(*args: Any, **kwargs: Any) -> httpx.Response:
        with httpx.Client(transport=transport) as http:
            return http.request(*args, **kwargs)

    patch.setattr(httpx, "request", request)
    return ImmutableClient(KEY, f"{BASE_URL}/", 5.0)


def ours(transport: httpx.MockTransport, patch: pytest.MonkeyPatch) -> Any:
    return Client(KEY, f"{BASE_URL}/", 5.0, http=httpx.Client(transport=transport))


PAGE = {
    "data": [{"id": EVENT_ID, "actor": {"id": "user_2hG9kLm", "name": None, "type": None}}],
    "pagination": {"has_more": False, "next_cursor": None, "total": 1, "searched_to": None},
}
PART = {"data": {"valid": True, "events_checked": 1, "breaks": [], "next_cursor": None}}
STARTED = {"id": EXPORT_ID, "status": "pending", "data": {"id": EXPORT_ID, "status": "pending"}}
EVENT = {"actor_id": "user_2hG9kLm", "action": "document.created", "version": 0}
FILTERS = {
    "actor_id": "user_2hG9kLm",
    "action": "document.*",
    "resource": "document",
    "tenant_id": "org_1aB2cD3",
    "session_id": "ses_4tY8wPz",
    "search": "Straße & more",
    "from_date": "2026-11-01",
    "to_date": "2026-11-30T23:59:59+01:00",
}
LIST_FILTERS = {**FILTERS, "resource_id": "d", "target_type": "team", "target_id": "t"}

BODIES: dict[str, tuple[Any, Callable[[Any], Any], Callable[[Any], Any]]] = {
    "track": (QUEUED, lambda c: c.track(EVENT), lambda answer: answer["id"]),
    "track_batch": (
        RECEIPTS,
        lambda c: c.track_batch([EVENT, EVENT]),
        lambda answer: [each["status"] for each in answer["events"]],
    ),
    "get_events": (
        PAGE,
        lambda c: c.get_events(**LIST_FILTERS, cursor="c1", limit=50),
        lambda answer: (answer["data"][0]["actor"]["id"], answer["pagination"]["total"]),
    ),
    "get_events, all": (PAGE, lambda c: c.get_events(), lambda answer: answer["data"][0]["id"]),
    "get_event": (
        {"data": PAGE["data"]},
        lambda c: c.get_event(EVENT_ID),
        lambda answer: answer["data"],
    ),
    "verify": (
        PART,
        lambda c: c.verify(from_date="2026-11-01", to_date="2026-11-30", limit=1000),
        lambda answer: answer["data"]["valid"],
    ),
    "create_export": (
        STARTED,
        lambda c: c.create_export(**FILTERS),
        lambda answer: answer["data"]["id"],
    ),
    "create_export, all": (STARTED, lambda c: c.create_export(), lambda answer: answer["data"]),
    "get_export": (
        STARTED,
        lambda c: c.get_export(EXPORT_ID),
        lambda answer: answer["data"]["status"],
    ),
    "actor": (QUEUED, lambda c: c.actor("user_2hG9kLm").track("document.created"), dict),
    "actor, all": (
        QUEUED,
        lambda c: (
            c.actor("user_2hG9kLm", name="Sarah Chen", type="user")
            .idempotency_key("share-1")
            .version(2)
            .session("ses_4tY8wPz")
            .action_category("update")
            .target("team", "team_5bR7cNx", "Engineering", {"members": 12})
            .target("channel")
            .track(
                "document.shared",
                {"type": "document", "id": "doc_8nXpQr3", "name": "Q4"},
                {"notified": True},
            )
        ),
        dict,
    ),
    "actor, targets": (
        QUEUED,
        lambda c: c.actor("a").target("b").targets([{"type": "c"}]).track("d.e", "f", {}),
        dict,
    ),
}


def sent(request: httpx.Request) -> Any:
    return (
        request.method,
        request.url.path,
        sorted(query_of(request)),
        body_of(request),
        request.headers["Authorization"],
        request.headers["Accept"],
    )


@pytest.mark.parametrize("name", BODIES)
def test_both_clients_send_the_same_and_return_the_same(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer, call, read = BODIES[name]
    seen, results = [], []
    for make in (public, ours):
        server = Server([reply(200, answer)])
        result = call(make(httpx.MockTransport(server), monkeypatch))
        seen.append([sent(each) for each in server.requests])
        results.append((result, read(result)))
    assert seen[0] == seen[1]
    assert results[0] == results[1]


@pytest.mark.parametrize(
    ("make", "kind"), [(public, ImmutableError), (ours, IndelibleError)], ids=["public", "ours"]
)
def test_both_clients_raise_an_error_with_the_same_attributes(
    make: Make, kind: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    client = make(httpx.MockTransport(Server([refusal(403, "forbidden")])), monkeypatch)
    with pytest.raises(kind) as caught:
        client.get_event(EVENT_ID)
    error: Any = caught.value
    assert error.status_code == 403
    assert error.response_data == {"error": "forbidden", "message": "It is forbidden."}
