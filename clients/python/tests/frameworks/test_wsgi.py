"""A WSGI application under middleware, in a real server and with a server of the test."""

from __future__ import annotations

import contextvars
import io
import os
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Callable, Optional
from wsgiref.simple_server import WSGIRequestHandler, make_server
from wsgiref.util import FileWrapper, setup_testing_defaults

import httpx
import pytest
from http_model import served as served_model
from model_server import KEY
from recorded import Recorded
from serving import serving

from indelible_client import InvalidEvent
from indelible_client.frameworks import Actor, session_name
from indelible_client.frameworks.wsgi import AuditMiddleware

HEADERS = {
    "User-Agent": "Mozilla/5.0",
    "X-Request-ID": "req-42",
    "X-Forwarded-For": "198.51.100.66, 203.0.113.7",
    "X-User": "user_1",
    "Cookie": "sid=s3cret",
}


def user_of(environ: dict[str, Any]) -> Optional[Actor]:
    user = environ.get("HTTP_X_USER")
    return Actor(user, "Sarah Chen", "user") if user else None


def sid_of(environ: dict[str, Any]) -> Optional[str]:
    return str(environ.get("HTTP_COOKIE", "")).partition("=")[2] or None


class Silent(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Stay silent."""


@contextmanager
def served(application: Any) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, application, handler_class=Silent)
    with serving(server) as url:
        yield url


def environ_of(user: Optional[str] = None, **variables: str) -> dict[str, Any]:
    environ: dict[str, Any] = {"REMOTE_ADDR": "203.0.113.7", **variables}
    if user:
        environ["HTTP_X_USER"] = user
    setup_testing_defaults(environ)
    return environ


def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[..., Any]:
    return io.BytesIO().write


def wrapped(application: Any) -> AuditMiddleware:
    return AuditMiddleware(application, actor=user_of)


def body(middleware: AuditMiddleware, environ: dict[str, Any]) -> bytes:
    """Do as a server: iterate, and close."""
    parts = middleware(environ, start)
    try:
        return b"".join(parts)
    finally:
        getattr(parts, "close", lambda: None)()


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


class Streaming:
    """A response whose parts, and whose end, record."""

    def __init__(self, recorded: Recorded, count: int) -> None:
        self._recorded = recorded
        self._left = count

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        if not self._left:
            raise StopIteration
        self._left -= 1
        self._recorded.audit.record("part.sent")
        return b"part"

    def close(self) -> None:
        self._recorded.audit.record("response.closed")


def test_streams_of_two_requests_in_one_thread_do_not_mix(recorded: Recorded) -> None:
    middleware = wrapped(lambda *_: Streaming(recorded, 2))
    first = iter(middleware(environ_of("ann"), start))
    assert next(first) == b"part"
    second = iter(middleware(environ_of("bob"), start))
    assert (next(second), next(first), next(second)) == (b"part", b"part", b"part")
    for each in (first, second):
        assert list(each) == []
        each.close()  # type: ignore[attr-defined]
    with pytest.raises(InvalidEvent):
        recorded.audit.record("a.b")
    assert recorded.actors() == ["ann", "bob", "ann", "bob", "ann", "bob"]


def test_a_generator_is_an_application_too(recorded: Recorded) -> None:
    def application(environ: dict[str, Any], start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", [])
        yield b"one"
        recorded.audit.record("a.b")

    with served(wrapped(application)) as url:
        assert httpx.get(url, headers=HEADERS).text == "one"
    assert recorded.actors() == ["user_1"]


@pytest.mark.parametrize("fails", ["in the call", "in a part"])
def test_a_failed_request_leaves_nothing_behind(recorded: Recorded, fails: str) -> None:
    kept: list[contextvars.Context] = []

    def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        def parts() -> Iterator[bytes]:
            yield b""
            raise OSError("in a part")

        kept.append(contextvars.copy_context())
        recorded.audit.record("a.b")
        if fails == "in the call":
            raise OSError(fails)
        return parts()

    with pytest.raises(OSError, match=fails):
        body(wrapped(application), environ_of("ann"))
    for record in (recorded.audit.record, lambda name: kept[0].run(recorded.audit.record, name)):
        with pytest.raises(InvalidEvent):
            record("c.d")
    assert recorded.actors() == ["ann"]


def test_a_thread_has_the_context_that_it_is_given_until_the_request_ends(
    recorded: Recorded,
) -> None:
    going, ended, failures = threading.Event(), threading.Event(), []

    def job() -> None:
        recorded.audit.record("while.the.request.runs")
        going.set()
        ended.wait(10)
        try:
            recorded.audit.record("after.it")
        except InvalidEvent as error:
            failures.append(error.field)

    def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        context = contextvars.copy_context()
        thread = threading.Thread(target=context.run, args=(job,))
        thread.start()
        assert going.wait(10)
        environ["thread"] = thread
        return []

    environ = environ_of("ann")
    body(wrapped(application), environ)
    ended.set()
    environ["thread"].join()
    assert (recorded.actors(), failures) == (["ann"], ["actor_id"])


def test_a_mounted_application_with_middleware_of_its_own_has_its_own_actor(
    recorded: Recorded,
) -> None:
    def inner(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        recorded.audit.record("inner")
        return []

    admin = AuditMiddleware(inner, actor=lambda _: Actor("admin"))

    def outer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        admin(environ, start_response)
        recorded.audit.record("outer")
        return []

    body(wrapped(outer), environ_of("ann"))
    assert recorded.actors() == ["admin", "ann"]


def test_lists_and_files_reach_the_server_as_they_are() -> None:
    """A server takes the length from a list, and sends a file with the system's help."""
    environ = environ_of()
    environ["wsgi.file_wrapper"] = FileWrapper
    for response in ([b"one"], FileWrapper(io.BytesIO(b"one"))):
        app = wrapped(lambda *_, response=response: response)
        assert app(environ, start) is response


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


def test_workers_that_are_forked_from_a_loaded_application_record_once_each() -> None:
    with served_model() as (url, model):
        program = Path(__file__).with_name("prefork.py")
        environment = {**os.environ, "PYTHONPATH": str(program.parents[2] / "src")}
        subprocess.run([sys.executable, program, KEY, url], env=environment, check=True, timeout=60)
    assert sorted(model.actors()) == ["ann", "bob", "cleo", "parent"]
