"""Requests to a slow or broken host: it is not waited for, and no half an answer is one."""

from __future__ import annotations

import socket
import ssl
import time

import pytest
from indelible.errors import Unavailable
from integration.outbound import PATIENCE, over_tls, send
from support.tls_server import Respond, Server, an_authority, answer


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
