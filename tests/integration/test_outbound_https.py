"""Requests to a host that somebody else runs: bounded, checked, and to no other host."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from indelible import __version__
from indelible.errors import Unavailable
from indelible.outbound.https import Answer, post
from indelible.outbound.urls import Url
from support.tls_server import HOST, Authority, Respond, Server, an_authority, answer, serving

MOST_BYTES = 64 * 1024
BODY = b"old 0\n\naudit.example.com/log\n1\n"
PATIENCE = 0.4
"""Seconds that requests may take here, so that slow hosts cost a test little."""

Find = Callable[[str, int], list[str]]


def here(_host: str, _port: int) -> list[str]:
    """Finds every host on this machine."""
    return ["127.0.0.1"]


def send(
    server: Server,
    *,
    trust: ssl.SSLContext | None = None,
    find: Find = here,
    seconds: float = 5,
    path: str = "/w/add-checkpoint",
    allow_private: bool = True,
) -> Answer:
    """Send BODY to the server, as HOST."""
    url = Url(trust is not None, HOST, server.port, path)
    return post(
        url, BODY, MOST_BYTES, allow_private=allow_private, trust=trust, find=find, seconds=seconds
    )


@contextmanager
def over_tls(respond: Respond) -> Iterator[tuple[Server, ssl.SSLContext]]:
    authority = an_authority()
    with serving(respond, authority) as server:
        yield server, authority.trust


def test_the_answer_is_returned_with_its_status_and_type() -> None:
    with over_tls(answer("200 OK", b"cosigned\n", "Content-Type: text/plain")) as (server, trust):
        assert send(server, trust=trust) == Answer(200, "text/plain", b"cosigned\n")
        assert server.requests == [
            f"POST /w/add-checkpoint HTTP/1.1\r\n"
            f"Host: {HOST}:{server.port}\r\n"
            f"User-Agent: Indelible/{__version__}\r\n"
            f"Content-Type: text/plain; charset=utf-8\r\n"
            f"Content-Length: {len(BODY)}\r\n"
            f"Connection: close\r\n\r\n".encode()
            + BODY
        ]


@pytest.mark.parametrize("status", [404, 409, 422, 500])
def test_every_status_is_an_answer(status: int) -> None:
    respond = answer(f"{status} Whatever", b"7\n", "Content-Type: text/x.tlog.size")
    with over_tls(respond) as (server, trust):
        assert send(server, trust=trust) == Answer(status, "text/x.tlog.size", b"7\n")


def test_an_answer_without_type_or_length_is_read_to_its_end() -> None:
    def respond(connected: socket.socket, _request: bytes) -> None:
        connected.sendall(b"HTTP/1.1 200 OK\r\n\r\ncosigned\n")
        if isinstance(connected, ssl.SSLSocket):
            connected.unwrap()

    with over_tls(respond) as (server, trust):
        assert send(server, trust=trust) == Answer(200, "", b"cosigned\n")


def test_an_answer_in_chunks_is_put_together() -> None:
    def respond(connected: socket.socket, _request: bytes) -> None:
        head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        connected.sendall(head + b"4\r\ncosi\r\n5\r\ngned\n\r\n0\r\n\r\n")

    with over_tls(respond) as (server, trust):
        assert send(server, trust=trust).body == b"cosigned\n"


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"])
def test_a_redirect_is_not_followed(status: str) -> None:
    with over_tls(answer("200 OK")) as (other, _):
        location = f"Location: https://{HOST}:{other.port}/x"
        with over_tls(answer(status, b"", location)) as (server, trust):
            assert send(server, trust=trust).status == int(status[:3])
        assert other.connections == 0


def test_a_long_answer_is_refused_and_one_of_the_limit_is_not() -> None:
    with over_tls(answer("200 OK", b"x" * MOST_BYTES)) as (server, trust):
        assert len(send(server, trust=trust).body) == MOST_BYTES
    too_long = answer("200 OK", b"x" * (MOST_BYTES + 1))
    with (
        over_tls(too_long) as (server, trust),
        pytest.raises(Unavailable, match="more than 65"),
    ):
        send(server, trust=trust)


ENDLESS = {
    "body": b"HTTP/1.1 200 OK\r\n\r\n",
    "chunk of -1": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n",
    "header": b"HTTP/1.1 200 OK\r\nX: ",
    "interim answers": b"",
}


@pytest.mark.parametrize("kind", ENDLESS)
def test_an_endless_answer_is_not_read_to_its_end(kind: str) -> None:
    sent = 0
    more = b"HTTP/1.1 100 Continue\r\n\r\n" * 500 if kind == "interim answers" else b"x" * 16_384

    def respond(connected: socket.socket, _request: bytes) -> None:
        nonlocal sent
        connected.sendall(ENDLESS[kind])
        while sent < 100_000_000:
            connected.sendall(more)
            sent += len(more)

    with over_tls(respond) as (server, trust):
        with pytest.raises(Unavailable):
            send(server, trust=trust)
        assert sent < 10_000_000  # what was under way when the connection closed


def slowly(at_once: bytes, drops: bytes) -> Respond:
    """Send the rest a byte each 50 ms: no single read waits for long."""

    def respond(connected: socket.socket, _request: bytes) -> None:
        connected.sendall(at_once)
        for drop in drops:
            time.sleep(0.05)
            connected.sendall(bytes([drop]))

    return respond


def never(connected: socket.socket, _request: bytes) -> None:
    """Answer nothing until the client has gone."""
    connected.recv(1)


SLOW: dict[str, Respond] = {
    "no answer": never,
    "a slow head": slowly(b"", b"HTTP/1.1 200 OK\r\nX: " + b"x" * 40),
    "a slow body": slowly(b"HTTP/1.1 200 OK\r\nContent-Length: 60\r\n\r\n", b"x" * 60),
}


@pytest.mark.parametrize("kind", SLOW)
def test_a_slow_answer_is_not_waited_for(kind: str) -> None:
    began = time.monotonic()
    with over_tls(SLOW[kind]) as (server, trust), pytest.raises(Unavailable, match="time"):
        send(server, trust=trust, seconds=PATIENCE)
    assert time.monotonic() - began < 3 * PATIENCE + 1


def test_a_host_that_accepts_and_says_nothing_is_not_waited_for() -> None:
    """Its system accepts the connection, and nobody answers the handshake of TLS."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        began = time.monotonic()
        with pytest.raises(Unavailable, match="did not answer"):
            send(
                Server(silent.getsockname()[1]),
                trust=an_authority().trust,
                seconds=PATIENCE,
            )
        assert time.monotonic() - began < 3 * PATIENCE + 1


BROKEN = {
    "nothing": b"",
    "no HTTP": b"SSH-2.0-OpenSSH_9.2\r\n",
    "half a head": b"HTTP/1.1 200 OK\r\nContent-",
    "half a body": b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
    "half a chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhalf",
    "a chunk of no size": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nz\r\nhalf",
    "a status of letters": b"HTTP/1.1 2x0 OK\r\n\r\n",
    "a body that may be cut": b"HTTP/1.1 200 OK\r\n\r\nhalf",
    "too many headers": b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n",
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_answer_is_none(kind: str) -> None:
    """The last but one ends without the end of TLS, so anybody may have cut it."""

    def respond(connected: socket.socket, _request: bytes) -> None:
        connected.sendall(BROKEN[kind])

    with over_tls(respond) as (server, trust), pytest.raises(Unavailable, match="did not answer"):
        send(server, trust=trust)


def test_a_body_that_is_shorter_than_announced_is_none() -> None:
    """Here the host itself says that this was all."""

    def respond(connected: socket.socket, request: bytes) -> None:
        answer("200 OK", b"half", length=10)(connected, request)
        if isinstance(connected, ssl.SSLSocket):
            connected.unwrap()

    with over_tls(respond) as (server, trust), pytest.raises(Unavailable, match="lacks 6 bytes"):
        send(server, trust=trust)


def test_a_host_with_a_certificate_of_another_authority_gets_nothing() -> None:
    with over_tls(answer("200 OK")) as (server, _):
        for trust in (Authority(other_authority().root, b"").trust, None):
            with pytest.raises(Unavailable, match="CERTIFICATE_VERIFY_FAILED"):
                post_trusting(server, trust)
        assert server.requests == []


def other_authority() -> Authority:
    return an_authority("other.example")


def post_trusting(server: Server, trust: ssl.SSLContext | None) -> Answer:
    """Send over TLS; None is for the system's authorities."""
    url = Url(True, HOST, server.port, "")
    return post(url, BODY, MOST_BYTES, allow_private=True, trust=trust, find=here)


@pytest.mark.parametrize("authority", [an_authority("other.example"), an_authority(days=-1)])
def test_a_certificate_of_another_host_or_another_time_is_refused(authority: Authority) -> None:
    with serving(answer("200 OK"), authority) as server:
        with pytest.raises(Unavailable, match="CERTIFICATE_VERIFY_FAILED"):
            send(server, trust=authority.trust)
        assert server.requests == []


def test_an_address_of_this_machine_gets_no_connection() -> None:
    with over_tls(answer("200 OK")) as (server, trust):
        with pytest.raises(Unavailable, match=r"127\.0\.0\.1, which is not a public one"):
            send(server, trust=trust, allow_private=False)
        assert server.connections == 0


def test_the_connection_goes_to_the_address_that_was_checked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A host whose first look-up gives a public address, and every other one this machine's."""
    looked_up, connected_to = list[str](), list[str]()
    connect = socket.create_connection

    def rebinding(host: str, _port: int) -> list[str]:
        looked_up.append(host)
        return ["1.1.1.1"] if len(looked_up) == 1 else ["127.0.0.1"]

    def note(address: tuple[str, int], timeout: float) -> socket.socket:
        connected_to.append(address[0])
        return connect(("127.0.0.1", address[1]), timeout)

    monkeypatch.setattr("indelible.outbound.https.socket.create_connection", note)
    with over_tls(answer("200 OK", b"x")) as (server, trust):
        assert send(server, trust=trust, find=rebinding, allow_private=False).status == 200
    assert (looked_up, connected_to) == ([HOST], ["1.1.1.1"])


def test_a_look_up_beyond_ours_is_never_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """Connecting to an address asks no name server."""
    asked = list[str]()
    find = socket.getaddrinfo

    def note(host: str, *rest: Any, **named: Any) -> Any:
        asked.append(host)
        return find(host, *rest, **named)

    monkeypatch.setattr("socket.getaddrinfo", note)
    with over_tls(answer("200 OK", b"x")) as (server, trust):
        send(server, trust=trust)
    assert {*asked} <= {"127.0.0.1"}


def test_the_next_address_is_tried_when_one_does_not_answer() -> None:
    with over_tls(answer("200 OK", b"x")) as (server, trust):
        found = send(server, trust=trust, find=lambda *_: ["127.0.0.2", "::1", "127.0.0.1"])
    assert found.body == b"x"


def test_an_address_that_is_silent_leaves_time_for_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    patience = list[float]()
    connect = socket.create_connection

    def first_is_silent(address: tuple[str, int], timeout: float) -> socket.socket:
        patience.append(timeout)
        if len(patience) == 1:
            raise TimeoutError("timed out")
        return connect(address, timeout)

    monkeypatch.setattr("indelible.outbound.https.socket.create_connection", first_is_silent)
    with over_tls(answer("200 OK", b"x")) as (server, trust):
        assert send(server, trust=trust, find=lambda *_: ["127.0.0.2", "127.0.0.1"]).body == b"x"
    assert patience[0] <= 2.5 < patience[1] <= 5


def test_a_host_that_refuses_connections_is_unavailable() -> None:
    with over_tls(answer("200 OK")) as (server, trust):
        pass
    with pytest.raises(Unavailable, match="refused"):
        send(server, trust=trust)


def test_plain_http_is_sent_where_the_url_says_so() -> None:
    with serving(answer("200 OK", b"x")) as server:
        assert send(server).body == b"x"
    assert server.requests[0].startswith(b"POST /w/add-checkpoint HTTP/1.1\r\n")
