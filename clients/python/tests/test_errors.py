"""Which error each answer is."""

from __future__ import annotations

import pickle
from typing import Any

import httpx
import pytest
from support_client import EVENT_ID, Setup, refusal, reply

import indelible_client
from indelible_client import (
    IdempotencyConflict,
    IndelibleError,
    Invalid,
    NotFound,
    NotIndelible,
    QuotaExceeded,
    RateLimited,
    ServiceFailed,
    TooLarge,
    Unavailable,
)

ERRORS = [
    (400, "malformed_json", "Invalid"),
    (400, "invalid_cursor", "InvalidCursor"),
    (401, "unauthenticated", "Unauthenticated"),
    (403, "forbidden", "Forbidden"),
    (404, "not_found", "NotFound"),
    (409, "not_ready", "NotReady"),
    (409, "already_finished", "AlreadyFinished"),
    (410, "expired", "Expired"),
    (413, "payload_too_large", "TooLarge"),
    (422, "validation_failed", "Invalid"),
    (422, "idempotency_conflict", "IdempotencyConflict"),
    (429, "rate_limited", "RateLimited"),
    (429, "quota_exceeded", "QuotaExceeded"),
    (429, "backlogged", "Backlogged"),
    (500, "chain_damaged", "ChainDamaged"),
    (500, "internal", "ServiceFailed"),
    (503, "unavailable", "Unavailable"),
]


@pytest.mark.parametrize(("status", "code", "name"), ERRORS)
def test_each_code_has_its_error(setup: Setup, status: int, code: str, name: str) -> None:
    client, _ = setup.client(refusal(status, code), retry_for=0)
    with pytest.raises(IndelibleError) as caught:
        client.get_event(EVENT_ID)
    error = caught.value
    assert type(error) is getattr(indelible_client, name)
    assert (error.status_code, error.code, error.message) == (status, code, f"It is {code}.")
    assert error.response_data == {"error": code, "message": f"It is {code}."}
    assert str(error) == f"{status} {code}: It is {code}."


def test_an_unknown_code_is_the_base_error(setup: Setup) -> None:
    client, _ = setup.client(refusal(405, "method_not_allowed"))
    with pytest.raises(IndelibleError) as caught:
        client.get_event(EVENT_ID)
    assert type(caught.value) is IndelibleError
    assert caught.value.code == "method_not_allowed"


def test_an_unknown_code_of_a_full_server_may_pass(setup: Setup) -> None:
    client, _ = setup.client(refusal(503, "upgrading"), retry_for=0)
    with pytest.raises(Unavailable):
        client.get_event(EVENT_ID)


@pytest.mark.parametrize(
    ("code", "kind"),
    [("validation_failed", Invalid), ("idempotency_conflict", IdempotencyConflict)],
)
def test_a_refusal_has_the_receipts_of_its_events(
    setup: Setup, code: str, kind: type[IndelibleError]
) -> None:
    wrong = [{"field": "action", "message": "is required; add a string that is not empty"}]
    receipt = {"id": None, "status": "invalid", "errors": wrong}
    answer = {"error": code, "message": "No event is valid.", "events": [receipt]}
    client, _ = setup.client(reply(422, answer))
    with pytest.raises(kind) as caught:
        client.track({"actor_id": "user_2hG9kLm"})
    assert caught.value.events == [receipt]


def test_a_quota_says_when_it_begins_anew(setup: Setup) -> None:
    answer = {"error": "quota_exceeded", "message": "None left.", "resets_at": "2026-12-01T00:00Z"}
    client, server = setup.client(reply(429, answer))
    with pytest.raises(QuotaExceeded) as caught:
        client.track({"actor_id": "a", "action": "b"})
    assert caught.value.resets_at == "2026-12-01T00:00Z"
    assert len(server.requests) == 1, "a quota is never waited for"


def test_the_id_of_the_service_s_log_comes_first(setup: Setup) -> None:
    ids = {"x_amzn_requestid": "chosen", "x_amz_apigw_id": "ZxA0Fg2HIAMEcTg="}
    client, _ = setup.client(refusal(404, "not_found", **ids))
    with pytest.raises(NotFound) as caught:
        client.get_event(EVENT_ID)
    assert caught.value.request_id == "ZxA0Fg2HIAMEcTg="


HTML = "<html><body>Sign in to the hotel's network</body></html>"


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, html=HTML),
        httpx.Response(404, html=HTML),
        httpx.Response(403, html=HTML),
        httpx.Response(404, json={"detail": "Not Found"}),
        httpx.Response(404, json={"error": "Not Found", "status": 404}),
        httpx.Response(200, json={"hello": "world"}),
        httpx.Response(200, json=["hello"]),
        httpx.Response(302, headers={"Location": "https://portal.example.com/"}),
        httpx.Response(204),
        httpx.Response(200, content=b"\xff\xfe", headers={"Content-Type": "text/plain"}),
    ],
)
def test_an_answer_of_another_server_is_not_indelible(setup: Setup, answer: Any) -> None:
    client, server = setup.client(answer)
    with pytest.raises(NotIndelible, match=r"Check the base URL\.") as caught:
        client.get_event(EVENT_ID)
    assert caught.value.status_code == answer.status_code
    assert "hotel" not in str(caught.value)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("status", "kind"),
    [(413, TooLarge), (429, RateLimited), (500, ServiceFailed), (502, Unavailable)],
)
def test_a_proxy_s_answer_is_known_by_its_status(
    setup: Setup, status: int, kind: type[IndelibleError]
) -> None:
    client, _ = setup.client(httpx.Response(status, html=HTML), retry_for=0)
    with pytest.raises(kind) as caught:
        client.get_event(EVENT_ID)
    assert caught.value.code is None


def test_an_error_survives_pickling_as_task_queues_need(setup: Setup) -> None:
    client, _ = setup.client(refusal(429, "rate_limited", retry_after="7"), retry_for=0)
    with pytest.raises(RateLimited) as caught:
        client.track({"actor_id": "a", "action": "b"})
    copy = pickle.loads(pickle.dumps(caught.value))
    assert (type(copy), str(copy)) == (RateLimited, "429 rate_limited: It is rate_limited.")
    assert copy.retry_after == 7.0
    assert copy.idempotency_key == caught.value.idempotency_key is not None
