"""A Flask application."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Optional

import flask
import pytest
from flask.sessions import SecureCookieSession, SessionInterface
from recorded import Recorded
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.test import Client

from indelible_client import InvalidEvent
from indelible_client.frameworks import Actor, session_name
from indelible_client.frameworks.flask import AuditMiddleware


def user() -> Optional[Actor]:
    found: Optional[Actor] = flask.g.get("user")
    return found


def application(recorded: Recorded, **options: Any) -> flask.Flask:
    app = flask.Flask(__name__)
    app.secret_key = "a key of the test"
    app.config["turns"] = threading.Barrier(1)
    audit = recorded.audit

    @app.before_request
    def log_in() -> None:
        name = flask.request.headers.get("X-User")
        flask.g.user = Actor(name, name.title()) if name else None

    @app.delete("/documents/<document>")
    def delete(document: str) -> str:
        audit.record("document.deleted", resource_id=document)
        return "done"

    @app.get("/fails")
    def fails() -> str:
        audit.record("view.entered")
        raise OSError("of the view")

    @app.errorhandler(OSError)
    def on_error(error: OSError) -> tuple[str, int]:
        audit.record("view.failed")
        return "sorry", 500

    @app.get("/stream")
    def stream() -> flask.Response:
        def parts() -> Iterator[str]:
            for part in ("one", "two"):
                app.config["turns"].wait(10)
                audit.record("part.sent")
                yield part

        response = flask.Response(flask.stream_with_context(parts()))
        response.call_on_close(lambda: audit.record("response.closed", "on_close"))
        return response

    @app.get("/bare-stream")
    def bare_stream() -> flask.Response:
        def parts() -> Iterator[str]:
            audit.record("part.sent", "job_1")
            with pytest.raises(InvalidEvent):
                audit.record("part.sent")
            yield "done"

        return flask.Response(parts())

    app.wsgi_app = AuditMiddleware(app.wsgi_app, actor=user, **options)  # type: ignore[method-assign]
    return app


HEADERS = {"X-User": "ann", "User-Agent": "Mozilla/5.0", "X-Request-ID": "req-42"}
OF_REQUEST = {
    "actor_id": "ann",
    "actor_name": "Ann",
    "ip_address": "127.0.0.1",
    "user_agent": "Mozilla/5.0",
    "metadata": {"request_id": "req-42"},
}


def test_an_event_has_the_actor_address_client_and_id_of_its_request(recorded: Recorded) -> None:
    client = application(recorded).test_client()
    assert client.delete("/documents/7", headers=HEADERS).text == "done"
    assert recorded.only() == {**OF_REQUEST, "action": "document.deleted", "resource_id": "7"}


def test_a_request_without_a_user_needs_an_actor_id(recorded: Recorded) -> None:
    app = application(recorded)
    app.testing = True
    with pytest.raises(InvalidEvent, match="the request has no actor"):
        app.test_client().delete("/documents/7")
    assert recorded.events() == []


def test_an_error_handler_records_within_the_request(recorded: Recorded) -> None:
    client = application(recorded).test_client()
    assert client.get("/fails", headers=HEADERS).status_code == 500
    assert [each["action"] for each in recorded.events()] == ["view.entered", "view.failed"]
    assert recorded.actors() == ["ann", "ann"]


def test_streams_of_two_requests_at_once_do_not_mix(recorded: Recorded) -> None:
    app = application(recorded)
    app.config["turns"] = threading.Barrier(2)

    def read(name: str) -> str:
        return app.test_client().get("/stream", headers={"X-User": name}, buffered=True).text

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(read, ("ann", "bob"))) == ["onetwo", "onetwo"]
        with pytest.raises(InvalidEvent, match="no request under way"):
            pool.submit(recorded.audit.record, "a.b").result()
    assert sorted(each for each in recorded.actors() if each != "on_close") == [
        "ann",
        "ann",
        "bob",
        "bob",
    ]


def test_what_runs_when_the_response_is_closed_has_the_address(recorded: Recorded) -> None:
    application(recorded).test_client().get("/stream", headers=HEADERS, buffered=True)
    closed = recorded.events()[-1]
    assert (closed["action"], closed["ip_address"]) == ("response.closed", "127.0.0.1")


def test_a_stream_without_flasks_context_needs_an_actor_id(recorded: Recorded) -> None:
    client = application(recorded).test_client()
    assert client.get("/bare-stream", headers=HEADERS, buffered=True).text == "done"
    assert recorded.only()["actor_id"] == "job_1"
    assert recorded.only()["user_agent"] == "Mozilla/5.0"


class Sessions(SessionInterface):
    """Sessions as those of Flask-Session: the cookie has an id only."""

    def open_session(self, app: flask.Flask, request: flask.Request) -> SecureCookieSession:
        session = SecureCookieSession()
        session.sid = request.cookies.get("session")  # type: ignore[attr-defined]
        return session

    def save_session(self, *args: Any) -> None:
        """The test changes no session."""


def test_a_server_side_session_is_recorded_under_its_name(recorded: Recorded) -> None:
    app = application(recorded, session=lambda: flask.session.sid)  # type: ignore[attr-defined]
    app.session_interface = Sessions()
    client = app.test_client()
    client.set_cookie("session", "s3cret")
    client.delete("/documents/7", headers=HEADERS)
    assert recorded.only()["session_id"] == session_name("s3cret")


def test_recording_does_not_make_a_response_depend_on_the_session(recorded: Recorded) -> None:
    """Flask adds `Vary: Cookie` to responses for which the session was read."""
    response = application(recorded).test_client().delete("/documents/7", headers=HEADERS)
    assert "Vary" not in response.headers
    assert recorded.actors() == ["ann"]


def test_proxies_count_as_flask_counts_them_or_as_the_middleware_does(recorded: Recorded) -> None:
    claimed = {"X-User": "ann", "X-Forwarded-For": "198.51.100.66, 203.0.113.7"}
    one = application(recorded)
    one.wsgi_app = ProxyFix(one.wsgi_app)  # type: ignore[method-assign]
    two = application(recorded)
    two.wsgi_app = AuditMiddleware(  # type: ignore[method-assign]
        ProxyFix(flask.Flask.wsgi_app.__get__(two)), actor=user
    )
    three = application(recorded)
    three.wsgi_app = AuditMiddleware(  # type: ignore[method-assign]
        flask.Flask.wsgi_app.__get__(three), actor=user, trusted_proxies=1
    )
    for app in (application(recorded), one, two, three):
        app.test_client().delete("/documents/7", headers=claimed)
    found = [each["ip_address"] for each in recorded.events()]
    assert found == ["127.0.0.1", "203.0.113.7", "203.0.113.7", "203.0.113.7"]


def test_two_mounted_applications_have_their_own_users(recorded: Recorded) -> None:
    both = DispatcherMiddleware(application(recorded), {"/admin": application(recorded)})
    for path, name in (("/documents/7", "ann"), ("/admin/documents/7", "bob")):
        Client(both).delete(path, headers={"X-User": name})
    assert recorded.actors() == ["ann", "bob"]
