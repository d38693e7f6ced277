"""When a call is sent again, after how long, and under which key."""

from __future__ import annotations

import ssl
from typing import Any, Optional

import httpx
import pytest
from support_client import EVENT_ID, EXPORT_ID, QUEUED, RECEIPTS, Setup, body_of, refusal, reply

from indelible_client import (
    BrokenConnection,
    IndelibleError,
    NotConnected,
    PartlyQueued,
    RateLimited,
    Timeout,
    TLSFailure,
    Unavailable,
)

EVENT: Any = {"actor_id": "user_2hG9kLm", "action": "document.created"}
FOUND = {"data": {"id": EVENT_ID}}
HALF = httpx.Response(
    200, content=b'{"data": {"id": "0195', headers={"Content-Type": "application/json"}
)


def connect_error(cause: Optional[Exception] = None) -> httpx.ConnectError:
    error = httpx.ConnectError("Name or service not known")
    error.__cause__ = cause
    return error


PASSING = [
    refusal(429, "rate_limited"),
    refusal(429, "backlogged"),
    refusal(503, "unavailable"),
    httpx.Response(502, html="<html>Bad Gateway</html>"),
    httpx.Response(504, html="<html>Gateway Timeout</html>"),
    HALF,
    httpx.ReadTimeout("late"),
    httpx.ConnectTimeout("late"),
    httpx.ReadError("reset"),
    httpx.RemoteProtocolError("closed"),
    connect_error(),
]


@pytest.mark.parametrize("failure", PASSING, ids=repr)
def test_a_read_is_repeated_after_a_failure_that_may_pass(setup: Setup, failure: Any) -> None:
    client, server = setup.client(failure, reply(200, FOUND))
    assert client.get_event(EVENT_ID) == FOUND
    assert len(server.requests) == 2


@pytest.mark.parametrize("failure", PASSING, ids=repr)
def test_a_submit_is_repeated_with_the_same_bytes_under_the_same_key(
    setup: Setup, failure: Any
) -> None:
    client, server = setup.client(failure, failure, reply(202, RECEIPTS))
    assert client.track_batch([EVENT] * 100) == RECEIPTS
    assert len(server.requests) == 3
    assert len(set(server.keys)) == 1
    assert len({each.content for each in server.requests}) == 1


@pytest.mark.parametrize(
    "failure",
    [
        refusal(401, "unauthenticated"),
        refusal(422, "validation_failed"),
        refusal(429, "quota_exceeded"),
        refusal(500, "internal"),
        httpx.Response(500, html="<html></html>"),
        connect_error(ssl.SSLCertVerificationError("self-signed certificate")),
    ],
    ids=repr,
)
def test_a_failure_that_stays_is_raised_at_once(setup: Setup, failure: Any) -> None:
    client, server = setup.client(failure)
    with pytest.raises(IndelibleError):
        client.track(EVENT)
    assert len(server.requests) == 1
    assert setup.time.slept == []


@pytest.mark.parametrize(
    "failure", [refusal(429, "rate_limited", retry_after="2"), connect_error()], ids=repr
)
def test_an_export_is_started_again_if_nothing_was_done(setup: Setup, failure: Any) -> None:
    started = {"id": EXPORT_ID, "status": "pending", "data": {}}
    client, server = setup.client(failure, reply(202, started))
    assert client.create_export()["id"] == EXPORT_ID
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    "failure", [refusal(503, "unavailable"), httpx.ReadTimeout("late"), HALF], ids=repr
)
def test_an_export_that_may_have_started_is_not_started_again(setup: Setup, failure: Any) -> None:
    client, server = setup.client(failure)
    with pytest.raises(IndelibleError):
        client.create_export()
    assert len(server.requests) == 1


def test_cancelling_an_export_is_repeated(setup: Setup) -> None:
    client, server = setup.client(httpx.ReadTimeout("late"), reply(200, {"data": {}}))
    client.cancel_export(EXPORT_ID)
    assert len(server.requests) == 2


def test_waits_double_up_to_ten_seconds_with_full_jitter(setup: Setup) -> None:
    client, _ = setup.client(refusal(503, "unavailable"), random=1.0, retry_for=50)
    with pytest.raises(Unavailable):
        client.get_event(EVENT_ID)
    assert setup.time.slept == [0.5, 1.0, 2.0, 4.0, 8.0, 10.0, 10.0, 10.0]


def test_no_try_begins_after_the_time_of_the_call(setup: Setup) -> None:
    client, _ = setup.client(refusal(503, "unavailable"), retry_for=10)
    with pytest.raises(Unavailable):
        client.get_event(EVENT_ID)
    assert sum(setup.time.slept) < 10


def test_zero_seconds_are_one_try(setup: Setup) -> None:
    client, server = setup.client(refusal(503, "unavailable"), retry_for=0, random=0.0)
    with pytest.raises(Unavailable):
        client.get_event(EVENT_ID)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry_after": "7"}, 7.0),
        ({"retry_after": " 0 "}, 0.0),
        (
            {
                "retry_after": "Thu, 26 Nov 2026 15:00:09 GMT",
                "date": "Thu, 26 Nov 2026 15:00:00 GMT",
            },
            9.0,
        ),
        (
            {
                "retry_after": "Thu, 26 Nov 2026 14:00:00 GMT",
                "date": "Thu, 26 Nov 2026 15:00:00 GMT",
            },
            0.0,
        ),
        ({"retry_after": "Thu, 26 Nov 2026 15:00:09 GMT"}, None),
        ({"retry_after": "soon"}, None),
        ({"retry_after": "-5"}, None),
        ({"retry_after": "1e400"}, None),
        ({"retry_after": f"Thu, 26 Nov {10**20} 15:00:09 GMT"}, None),
        ({}, None),
    ],
)
def test_retry_after_is_the_least_wait(
    setup: Setup, headers: dict[str, str], seconds: Optional[float]
) -> None:
    failure = refusal(429, "rate_limited")
    for name, value in headers.items():
        failure.headers[name.replace("_", "-")] = value
    client, _ = setup.client(failure, reply(200, FOUND))
    client.get_event(EVENT_ID)
    assert setup.time.slept == [(seconds or 0.0) + 0.25]


def test_a_wait_beyond_the_time_of_the_call_is_left_to_the_caller(setup: Setup) -> None:
    client, server = setup.client(refusal(429, "rate_limited", retry_after="86400"))
    with pytest.raises(RateLimited) as caught:
        client.track_batch([EVENT])
    assert caught.value.retry_after == 86400.0
    assert caught.value.idempotency_key == server.keys[0]
    assert setup.time.slept == []


@pytest.mark.parametrize(
    ("failure", "kind"),
    [
        (httpx.ReadTimeout("late"), Timeout),
        (httpx.WriteTimeout("late"), Timeout),
        (httpx.ConnectTimeout("late"), NotConnected),
        (httpx.ReadError("reset"), BrokenConnection),
        (httpx.DecodingError("not gzip"), BrokenConnection),
        (connect_error(), NotConnected),
        (connect_error(ssl.SSLError("wrong version number")), TLSFailure),
    ],
)
def test_a_failure_of_the_network_has_its_error_and_the_key_to_repeat_under(
    setup: Setup, failure: Exception, kind: type[IndelibleError]
) -> None:
    client, server = setup.client(failure, retry_for=0)
    with pytest.raises(kind) as caught:
        client.track(EVENT)
    assert caught.value.status_code == 0
    assert caught.value.idempotency_key == server.keys[0] is not None


def test_a_batch_with_failed_events_is_repeated_until_none_has_failed(setup: Setup) -> None:
    failed = {"id": EVENT_ID, "status": "failed", "errors": [{"field": "", "message": "again"}]}
    client, server = setup.client(reply(202, {"events": [failed]}), reply(202, RECEIPTS))
    assert client.track_batch([EVENT]) == RECEIPTS
    assert len(set(server.keys)) == 1
    assert body_of(server.requests[0]) == body_of(server.requests[1])


def test_a_batch_whose_events_keep_failing_is_an_error_with_all_receipts(setup: Setup) -> None:
    failed = {"id": None, "status": "failed", "errors": [{"field": "", "message": "again"}]}
    client, server = setup.client(reply(202, {"events": [QUEUED, failed]}), retry_for=3)
    with pytest.raises(PartlyQueued) as caught:
        client.track_batch([EVENT, EVENT])
    assert caught.value.events == [QUEUED, failed]
    assert caught.value.idempotency_key == server.keys[0]
