"""Requests of the command line to the API: no answer makes them crash or wait without end."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from indelible.cli.api import Api, Refused, find_api
from indelible.errors import IndelibleError, Unavailable
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


@pytest.mark.parametrize("key", ["imk_a\nb", "imk_a\x00", "imk_\u20ac"])
def test_a_key_that_cannot_be_sent_is_not_printed(
    monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    monkeypatch.setenv("INDELIBLE_URL", "http://127.0.0.1:1")
    monkeypatch.setattr("os.environ", {**os.environ, "INDELIBLE_API_KEY": key})
    with pytest.raises(IndelibleError, match="has a character that no API key has") as refused:
        find_api()
    assert "imk_" not in str(refused.value)


def test_white_space_around_a_key_is_not_part_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file with the key may end in any kind of newline."""
    monkeypatch.setenv("INDELIBLE_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("INDELIBLE_API_KEY", "imk_a\r\n")
    assert find_api().api_key == "imk_a"


@pytest.mark.parametrize("url", ["", "ftp://x", "http://", "http://[::1", "audit.example.com"])
def test_an_address_that_is_none_is_explained(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("INDELIBLE_URL", url)
    with pytest.raises(IndelibleError, match="Set INDELIBLE_URL to the API's address"):
        find_api()


def test_a_password_in_the_address_is_not_printed() -> None:
    with pytest.raises(Unavailable) as failed:
        Api("http://user:secret@127.0.0.1:1", API_KEY).get("/v1/log-keys")
    assert "secret" not in str(failed.value)


@pytest.mark.parametrize("body", [b"[" * 100_000, b"[1]", b"\xff", b'{"message":{}}', b""])
def test_an_error_in_another_form_is_still_an_error(log: HttpLog, body: bytes) -> None:
    log.change = lambda _, __: (400, body)
    with pytest.raises(Refused) as refused:
        Api(log.url, API_KEY).get("/v1/log-keys")
    assert refused.value.http_status == 400
