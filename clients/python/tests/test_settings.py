"""The base URL and the API key."""

from __future__ import annotations

import traceback

import httpx
import pytest
from support_client import BASE_URL, EVENT_ID, KEY, Setup, refusal, reply

from indelible_client import AsyncClient, Client, IndelibleError, InvalidSettings

OK = {"status": "ok"}


@pytest.mark.parametrize(
    ("base_url", "root"),
    [
        ("https://audit.example.com", "https://audit.example.com/api/v1"),
        ("https://audit.example.com/", "https://audit.example.com/api/v1"),
        ("https://audit.example.com/api", "https://audit.example.com/api/v1"),
        ("https://audit.example.com/api/", "https://audit.example.com/api/v1"),
        (" https://audit.example.com\n", "https://audit.example.com/api/v1"),
        ("https://audit.example.com/v1", "https://audit.example.com/v1"),
        ("https://example.com/audit/v1/", "https://example.com/audit/v1"),
        ("http://localhost:8080", "http://localhost:8080/api/v1"),
        ("http://[::1]:8080", "http://[::1]:8080/api/v1"),
    ],
)
def test_a_base_url_may_be_written_in_these_ways(setup: Setup, base_url: str, root: str) -> None:
    client, server = setup.client(reply(200, OK), base_url=base_url)
    assert client.health() == OK
    assert str(server.last.url) == f"{root}/health"


@pytest.mark.parametrize("kind", [Client, AsyncClient])
@pytest.mark.parametrize(
    "base_url",
    [
        "",
        "audit.example.com",
        "localhost:8080",
        "ftp://audit.example.com",
        "https://",
        "https:///api",
        "https://user:secret@audit.example.com",
        "https://audit.example.com/?a=b",
        "https://audit.example.com:port",
        "https://[::1",
    ],
)
def test_a_base_url_that_cannot_be_one_is_refused_at_once(kind: type, base_url: str) -> None:
    with pytest.raises(InvalidSettings, match=r"^The base URL ") as caught:
        kind(KEY, base_url)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("key", ["", " \n", "imk_a\nimk_b", "imk_a b", "imk_ä"])
def test_a_key_that_cannot_be_one_is_refused_and_not_shown(key: str) -> None:
    with pytest.raises(InvalidSettings, match=r"^The API key ") as caught:
        Client(key, BASE_URL)
    assert "imk" not in str(caught.value)


def test_a_line_end_after_the_key_is_dropped() -> None:
    seen: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers["Authorization"])
        return reply(200, OK)

    with httpx.Client(transport=httpx.MockTransport(handler)) as http:
        Client(f"{KEY}\n", BASE_URL, http=http).health()
    assert seen == [f"Bearer {KEY}"]


FAILURES = [
    refusal(401, "unauthenticated"),
    httpx.Response(200, text=f"A proxy that repeats Bearer {KEY}"),
    httpx.ReadTimeout("late"),
    httpx.LocalProtocolError("odd"),
]


@pytest.mark.parametrize("failure", FAILURES, ids=["refused", "foreign", "late", "odd"])
def test_no_repr_and_no_error_shows_the_key(setup: Setup, failure: object) -> None:
    client, _ = setup.client(failure, retry_for=0)  # type: ignore[arg-type]
    assert KEY not in repr(client)
    with pytest.raises(IndelibleError) as caught:
        client.get_event(EVENT_ID)
    error = caught.value
    shown = traceback.TracebackException.from_exception(error, capture_locals=True)
    ours = [
        line
        for frame in shown.stack
        if "indelible_client" in frame.filename
        for line in (frame.locals or {}).values()
    ]
    assert ours, "no frame of the client was looked at"
    assert KEY not in "".join([*ours, str(error), repr(error), repr(vars(error))])
