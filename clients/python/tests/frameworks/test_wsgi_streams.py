"""A WSGI application under middleware stays what it is: streams, threads, mounts, files, forks."""

from __future__ import annotations

import contextvars
import io
import os
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from wsgiref.util import FileWrapper

import httpx
import pytest
from http_model import served as served_model
from model_server import KEY
from recorded import Recorded
from wsgi_requests import HEADERS, body, environ_of, served, start, wrapped

from indelible_client import InvalidEvent
from indelible_client.frameworks import Actor
from indelible_client.frameworks.wsgi import AuditMiddleware


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


def test_workers_that_are_forked_from_a_loaded_application_record_once_each() -> None:
    with served_model() as (url, model):
        program = Path(__file__).with_name("prefork.py")
        environment = {**os.environ, "PYTHONPATH": str(program.parents[2] / "src")}
        subprocess.run([sys.executable, program, KEY, url], env=environment, check=True, timeout=60)
    assert sorted(model.actors()) == ["ann", "bob", "cleo", "parent"]
