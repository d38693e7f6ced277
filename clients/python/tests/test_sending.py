"""What is sent, and how each kind of answer is read."""

from __future__ import annotations

import gzip
import json
import os
import ssl
from datetime import datetime, timezone
from typing import Any

import httpx
import pytest
from indelible_client.sending import Answered, HttpSender, NotAnswered, Refused

KEY = "imk_0123456789abcdef"
BODY = b'{"events":[{"actor_id":"u","action":"a"}]}'
QUEUED = {"events": [{"id": "019584a1-7c2e-7b3a-9d41-5f0c8e6a2b17", "status": "queued"}]}
NOW = datetime(2026, 3, 2, 10, 0, 0, tzinfo=timezone.utc)


def _send(answer: Any, **response: Any) -> Any:
    def handle(request: httpx.Request) -> httpx.Response:
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer, **response)

    sender = HttpSender(
        "https://audit.example.com/api/",
        KEY,
        transport=httpx.MockTransport(handle),
        now=lambda: NOW,
    )
    return sender.send(BODY, "k1", 1)


def test_a_batch_is_one_gzipped_request_with_its_key() -> None:
    requests: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(202, json=QUEUED)

    sender = HttpSender(
        "https://audit.example.com/api/", KEY, transport=httpx.MockTransport(handle)
    )
    assert sender.send(BODY, "k1", 1).receipts[0].status == "queued"  # type: ignore[union-attr]
    (request,) = requests
    assert str(request.url) == "https://audit.example.com/api/v1/events/batch"
    assert request.headers["Authorization"] == f"Bearer {KEY}"
    assert request.headers["Idempotency-Key"] == "k1"
    assert request.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(request.content) == BODY


@pytest.mark.parametrize(
    "half",
    [
        {"content": b'{"events":[{"id":'},
        {"content": b"<html>welcome</html>"},
        {"json": {"events": []}},
        {"json": {"events": [{"status": "queued"}, {"status": "queued"}]}},
        {"json": {"events": [{"status": "new"}]}},
        {"json": {"events": ["queued"]}},
        {"json": []},
    ],
)
def test_a_202_without_the_receipts_is_no_answer(half: dict[str, Any]) -> None:
    assert isinstance(_send(202, **half), NotAnswered)


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_what_may_pass_is_sent_again(status: int) -> None:
    assert isinstance(_send(status, content=b"<html>Bad Gateway</html>"), NotAnswered)


@pytest.mark.parametrize(
    "error", [httpx.ReadTimeout("t"), httpx.ConnectError("c"), httpx.RemoteProtocolError("r")]
)
def test_a_broken_connection_is_no_answer(error: Exception) -> None:
    assert isinstance(_send(error), NotAnswered)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7.0),
        ("Mon, 02 Mar 2026 10:01:00 GMT", 60.0),
        ("Mon, 02 Mar 2026 09:00:00 GMT", 0.0),
        ("soon", None),
        ("-5", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: str, seconds: float | None) -> None:
    answer = _send(503, json={"error": "unavailable"}, headers={"Retry-After": value})
    assert answer == NotAnswered("unavailable", seconds)


def test_a_conflict_of_the_key_is_final() -> None:
    answer = _send(422, json={"error": "idempotency_conflict", "message": "No."})
    assert answer == Refused("idempotency_conflict", "No.", is_final=True)


def test_the_receipts_of_a_refused_request_are_kept() -> None:
    receipts = [{"id": None, "status": "invalid", "errors": [{"field": "a", "message": "b"}]}]
    answer = _send(422, json={"error": "validation_failed", "message": "", "events": receipts})
    assert answer.is_final
    assert answer.receipts[0].errors == ({"field": "a", "message": "b"},)


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (401, {"error": "unauthenticated"}, "unauthenticated"),
        (403, {"message": "Forbidden"}, "http_403"),
        (404, {"error": {"type": "x"}}, "http_404"),
        (413, {}, "http_413"),
        (400, {"error": "malformed_json"}, "malformed_json"),
        (422, {"error": "validation_failed"}, "validation_failed"),
        (422, {"error": "of another service"}, "of another service"),
        (302, {}, "http_302"),
        (200, QUEUED, "http_200"),
        (429, {"error": "quota_exceeded"}, "quota_exceeded"),
    ],
)
def test_what_somebody_must_change_is_not_final(
    status: int, body: dict[str, Any], code: str
) -> None:
    answer = _send(status, content=json.dumps(body).encode())
    assert isinstance(answer, Refused)
    assert (answer.code, answer.is_final) == (code, False)


def test_a_refused_certificate_is_said() -> None:
    error = httpx.ConnectError("handshake")
    error.__cause__ = ssl.SSLCertVerificationError("self-signed")
    answer = _send(error)
    assert isinstance(answer, Refused)
    assert (answer.code, answer.is_final) == ("tls", False)


@pytest.mark.parametrize("key", ["", "imk bad", "imk_\n", "imk_é"])
def test_a_key_that_no_header_carries_is_refused_and_not_shown(key: str) -> None:
    with pytest.raises(ValueError, match="printable ASCII") as caught:
        HttpSender("https://audit.example.com/api", key)
    assert not key or key not in str(caught.value)


@pytest.mark.parametrize("url", ["audit.example.com/api", "ftp://audit.example.com", "https://"])
def test_a_base_url_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="base_url must begin with https://"):
        HttpSender(url, KEY)


def test_the_key_is_in_no_repr() -> None:
    sender = HttpSender("https://audit.example.com/api", KEY)
    assert KEY not in repr(sender)


def test_a_forked_process_uses_no_connection_of_its_parent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sender = HttpSender("https://audit.example.com/api", KEY)
    parents = sender._client()
    assert sender._client() is parents
    monkeypatch.setattr(os, "getpid", lambda: -1)
    assert sender._client() is not parents


def test_a_closed_sender_opens_new_connections() -> None:
    sender = HttpSender("https://audit.example.com/api", KEY)
    before = sender._client()
    sender.close()
    assert before.is_closed
    assert not sender._client().is_closed


def test_answers_are_values() -> None:
    assert isinstance(_send(202, json=QUEUED), Answered)
