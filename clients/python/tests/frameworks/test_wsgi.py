"""A WSGI application under middleware, in a real server and with a server of the test."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import httpx
import pytest
from recorded import Recorded
from wsgi_requests import HEADERS, body, environ_of, served, sid_of, user_of, wrapped

from indelible_client import InvalidEvent
from indelible_client.frameworks import session_name
from indelible_client.frameworks.wsgi import AuditMiddleware


def test_an_event_has_the_actor_address_client_session_and_id_of_its_request(
    recorded: Recorded,
) -> None:
    def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        recorded.audit.record("document.deleted", resource_id=7, metadata={"reason": "old"})
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"done"]

    app = AuditMiddleware(application, actor=user_of, session=sid_of, trusted_proxies=1)
    with served(app) as url:
        assert httpx.delete(url, headers=HEADERS).text == "done"
    assert recorded.only() == {
        "actor_id": "user_1",
        "actor_name": "Sarah Chen",
        "actor_type": "user",
        "action": "document.deleted",
        "resource_id": 7,
        "ip_address": "203.0.113.7",
        "user_agent": "Mozilla/5.0",
        "session_id": session_name("s3cret"),
        "metadata": {"request_id": "req-42", "reason": "old"},
    }


def test_without_trusted_proxies_the_address_is_that_of_the_connection(recorded: Recorded) -> None:
    def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        recorded.audit.record("a.b")
        start_response("200 OK", [])
        return []

    with served(wrapped(application)) as url:
        httpx.get(url, headers=HEADERS)
    assert recorded.only()["ip_address"] == "127.0.0.1"


def test_hostile_headers_do_not_keep_an_event_out_of_the_log(recorded: Recorded) -> None:
    def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        recorded.audit.record("a.b", metadata={"text": "x" * 60_000})
        start_response("200 OK", [])
        return []

    agents = [
        b"\xff\xfe bot",
        "Müller/1.0 ☃".encode(),
        b"Mozilla " + b"x" * 10_232,
        b"\xe9" * 60_000,
    ]
    with served(wrapped(application)) as url:
        for agent in agents:
            headers = [(b"User-Agent", agent), (b"X-Request-ID", b"\xe9" * 60_000)]
            assert httpx.get(url, headers=[*headers, (b"X-User", b"u")]).status_code == 200
    events = recorded.events()
    assert [each["user_agent"] for each in events[:2]] == ["ÿþ bot", "Müller/1.0 ☃"]
    assert [len(each["user_agent"]) for each in events[2:]] == [4_096, 4_096]
    assert {each["metadata"]["request_id"] for each in events} == {"é" * 200}


def test_the_fields_of_the_event_come_first(recorded: Recorded) -> None:
    def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        own: Any = {"request_id": "mine"}
        recorded.audit.record("a.b", "job_7", ip_address="198.51.100.1", metadata=own)
        recorded.audit.record("a.b", actor_name="S.", user_agent=None, ip_address=None)
        assert own == {"request_id": "mine"}
        return []

    environ = environ_of("user_1", HTTP_X_REQUEST_ID="req-42", HTTP_USER_AGENT="curl/8")
    body(wrapped(application), environ)
    assert recorded.events() == [
        {
            "actor_id": "job_7",  # and not the name of user_1
            "action": "a.b",
            "ip_address": "198.51.100.1",
            "user_agent": "curl/8",
            "metadata": {"request_id": "mine"},
        },
        {
            "actor_id": "user_1",
            "actor_name": "S.",
            "actor_type": "user",
            "action": "a.b",
            "metadata": {"request_id": "req-42"},
        },
    ]


def test_an_event_without_an_actor_is_refused_by_name(recorded: Recorded) -> None:
    def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        with pytest.raises(InvalidEvent, match="the request has no actor") as refused:
            recorded.audit.record("a.b")
        assert refused.value.field == "actor_id"
        return []

    body(wrapped(application), environ_of())
    with pytest.raises(InvalidEvent, match="no request under way"):
        recorded.audit.record("a.b")
    recorded.audit.record("a.b", "job_7")
    assert recorded.only() == {"actor_id": "job_7", "action": "a.b"}


def test_metadata_that_is_no_object_is_refused_by_name(recorded: Recorded) -> None:
    def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        wrong: Any = ["not", "an", "object"]
        recorded.audit.record("a.b", metadata=wrong)
        return []

    with pytest.raises(InvalidEvent) as refused:
        body(wrapped(application), environ_of("u", HTTP_X_REQUEST_ID="req-42"))
    assert refused.value.field == "metadata"


def test_the_actor_is_looked_up_when_the_event_is_recorded(recorded: Recorded) -> None:
    def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        environ["HTTP_X_USER"] = "found later"
        recorded.audit.record("a.b")
        return []

    body(wrapped(application), environ_of())
    assert recorded.actors() == ["found later"]


@pytest.mark.parametrize("variables", [{"REMOTE_ADDR": ""}, {}])
def test_a_request_over_a_unix_socket_has_no_address(
    recorded: Recorded, variables: dict[str, str]
) -> None:
    def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        recorded.audit.record("a.b")
        return []

    environ = {**environ_of("ann"), **variables}
    if not variables:
        del environ["REMOTE_ADDR"]
    body(wrapped(application), environ)
    assert recorded.only() == {
        "actor_id": "ann",
        "actor_name": "Sarah Chen",
        "actor_type": "user",
        "action": "a.b",
    }
