"""Something else than Indelible answers: one clear report, and every event waits."""

from __future__ import annotations

import logging
import ssl
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from certificate import self_signed
from http_model import served
from model_server import KEY, ModelServer, recorder_to

from indelible_client import Client, IndelibleError, NotIndelible, Recorder, TLSFailure

_EXPECTED = [f"u{number}" for number in range(250)]
_HTML = {"Content-Type": "text/html"}


class Reports:
    """What `on_held` got."""

    def __init__(self) -> None:
        self.errors: list[IndelibleError | None] = []
        self.came = threading.Event()

    def __call__(self, error: IndelibleError | None) -> None:
        self.errors.append(error)
        self.came.set()


def _record_until_held(recorder: Recorder, reports: Reports) -> IndelibleError:
    """Record all events and close. Return the one error that was reported."""
    for actor in _EXPECTED:
        recorder.record(actor, "document.created")
    recorder.flush(0.01)
    assert reports.came.wait(30)
    assert not recorder.close(0.01)
    [error] = reports.errors
    assert error is not None
    return error


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, headers=_HTML, text="<html>Welcome</html>"),
        httpx.Response(200, json={"events": "none", "message": "another API"}),
        httpx.Response(302, headers={"Location": "https://login.example.com"}),
        httpx.Response(404, headers=_HTML, text="<html>No such page</html>"),
        httpx.Response(405, headers=_HTML, text="<html>Use GET</html>"),
        httpx.Response(501, headers=_HTML, text="<html>Unsupported method</html>"),
    ],
    ids=["a page", "another API", "a login", "no such page", "no POST", "a server of files"],
)
def test_an_address_that_is_not_indelible_is_reported_once_and_loses_nothing(
    tmp_path: Path, answer: httpx.Response, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    file, reports = tmp_path / "events.spool", Reports()
    other = httpx.MockTransport(lambda _request: answer)
    error = _record_until_held(recorder_to(other, spool=file, on_held=reports), reports)
    assert type(error) is NotIndelible
    assert "Check the base URL" in str(error)
    assert KEY not in f"{error!r} {vars(error)} {caplog.text}"

    server = ModelServer()
    assert recorder_to(server, spool=file).close(30)
    assert server.actors() == _EXPECTED


def test_a_certificate_that_nobody_trusts_is_reported_once_and_loses_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    context, certificate = self_signed(tmp_path)
    file, reports = tmp_path / "events.spool", Reports()
    with served(tls=context) as (url, model):
        error = _record_until_held(Recorder(KEY, url, spool=file, on_held=reports), reports)
        assert type(error) is TLSFailure
        assert "certificate verify failed" in str(error)
        assert KEY not in f"{error!r} {vars(error)} {caplog.text}"
        assert model.actors() == []

        with httpx.Client(verify=ssl.create_default_context(cafile=str(certificate))) as http:
            assert Recorder(KEY, url, spool=file, http=http).close(30)
        assert model.actors() == _EXPECTED


def test_the_plain_client_says_that_a_certificate_is_not_trusted(tmp_path: Path) -> None:
    context, _ = self_signed(tmp_path)
    with served(tls=context) as (url, model):
        with Client(KEY, url) as client, pytest.raises(TLSFailure, match="certificate"):
            client.track({"actor_id": "u", "action": "document.created"})
        assert model.actors() == []


def test_the_plain_client_says_at_once_that_a_server_of_files_is_not_indelible() -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), SimpleHTTPRequestHandler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            url = f"http://127.0.0.1:{server.server_port}"
            with Client(KEY, url) as client, pytest.raises(NotIndelible, match="base URL"):
                client.track({"actor_id": "u", "action": "document.created"})
        finally:
            server.shutdown()
            thread.join()
