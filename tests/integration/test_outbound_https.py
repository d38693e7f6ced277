"""Answers of a host that somebody else runs: they are bounded, and no other host is asked."""

from __future__ import annotations

import socket
import ssl

import pytest
from indelible import __version__
from indelible.errors import Unavailable
from indelible.outbound.https import Answer
from integration.outbound import BODY, MOST_BYTES, over_tls, send
from support.tls_server import HOST, answer, serving


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


def test_plain_http_is_sent_where_the_url_says_so() -> None:
    with serving(answer("200 OK", b"x")) as server:
        assert send(server).body == b"x"
    assert server.requests[0].startswith(b"POST /w/add-checkpoint HTTP/1.1\r\n")
