"""Requests of the command line to the API: no answer makes them crash or wait without end."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from indelible.cli.api import Api, Refused
from support.http_log import API_KEY, HttpLog, serving
from support.proving import a_deployment


@pytest.fixture
def log() -> Iterator[HttpLog]:
    """A log without a run, served over HTTP."""
    with serving(a_deployment()) as found:
        yield found


@pytest.mark.parametrize(
    ("pause", "waited"),
    [("7", 7), ("9" * 5_000, 60), ("-1", 1), ("Fri, 27 Nov 2026 00:00:00 GMT", 1)],
)
def test_any_pause_that_a_server_asks_for_is_bounded(
    log: HttpLog, monkeypatch: pytest.MonkeyPatch, pause: str, waited: int
) -> None:
    pauses = list[float]()
    monkeypatch.setattr("indelible.cli.api.time.sleep", pauses.append)
    log.retry_after = pause
    log.change = lambda _, __: (503, b'{"error":"unavailable","message":"Later."}')
    with pytest.raises(Refused, match="Later"):
        Api(log.url, API_KEY).get("/v1/log-keys")
    assert pauses == [waited, waited]


@pytest.mark.parametrize("body", [b"[" * 100_000, b"[1]", b"\xff", b'{"message":{}}', b""])
def test_an_error_in_another_form_is_still_an_error(log: HttpLog, body: bytes) -> None:
    log.change = lambda _, __: (400, body)
    with pytest.raises(Refused) as refused:
        Api(log.url, API_KEY).get("/v1/log-keys")
    assert refused.value.http_status == 400
