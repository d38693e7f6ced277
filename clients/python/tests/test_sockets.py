"""The client over real sockets: many threads, forks, and a server that hangs up."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from support_client import KEY

from indelible_client import AsyncClient, Client, NotConnected, Timeout, TLSFailure


class Handler(BaseHTTPRequestHandler):
    """Answers with the port of the connection, after some answers that break off."""

    protocol_version = "HTTP/1.1"
    hang_ups = 0
    halves = 0
    drips = 0

    def do_GET(self) -> None:
        cls = type(self)
        if cls.hang_ups:
            cls.hang_ups -= 1
            self.close_connection = True
            return
        body = json.dumps({"status": "ok", "port": self.client_address[1]}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if cls.halves:
            cls.halves -= 1
            body, self.close_connection = body[:10], True
        if cls.drips:
            cls.drips -= 1
            with suppress(OSError):  # the client has had enough
                for place in range(len(body)):
                    self.wfile.write(body[place : place + 1])
                    time.sleep(0.1)
            self.close_connection = True
            return
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Write nothing."""


@pytest.fixture
def url() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def port(client: Client) -> object:
    found: dict[str, object] = {**client.health()}
    return found["port"]


def test_a_connection_is_used_again(url: str) -> None:
    with Client(KEY, url) as client:
        assert port(client) == port(client)


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_child_process_has_connections_of_its_own(url: str) -> None:
    with Client(KEY, url) as client:
        before = port(client)
        child = os.fork()
        if child == 0:
            os._exit(0 if port(client) != before else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert port(client) == before, "the parent keeps its connection"


def test_fifty_threads_may_share_a_client(url: str) -> None:
    with Client(KEY, url) as client, ThreadPoolExecutor(50) as threads:
        found = list(threads.map(lambda _: client.health()["status"], range(500)))
    assert found == ["ok"] * 500


def test_a_server_that_hangs_up_is_called_again(url: str) -> None:
    Handler.hang_ups = 2
    with Client(KEY, url, sleep=lambda _: None) as client:
        assert client.health()["status"] == "ok"


def test_an_answer_of_which_half_arrives_is_requested_again(url: str) -> None:
    Handler.halves = 2
    with Client(KEY, url, sleep=lambda _: None) as client:
        assert client.health()["status"] == "ok"
    assert Handler.halves == 0


def test_a_port_without_a_server_is_not_connected(url: str) -> None:
    with socket.socket() as held:  # nobody listens, and nobody else is given the port
        held.bind(("127.0.0.1", 0))
        client = Client(KEY, f"http://127.0.0.1:{held.getsockname()[1]}", retry_for=0)
        with client, pytest.raises(NotConnected):
            client.health()


def test_a_server_without_tls_is_a_tls_failure_at_an_https_url(url: str) -> None:
    client = Client(KEY, url.replace("http://", "https://"))
    with client, pytest.raises(TLSFailure):
        client.health()


def test_an_answer_that_drips_is_no_answer_in_time(url: str) -> None:
    """Each byte comes in time, but the whole takes about four seconds."""
    Handler.drips = 2
    with Client(KEY, url, timeout=0.5, retry_for=0) as client, pytest.raises(Timeout):
        client.health()

    async def check() -> None:
        async with AsyncClient(KEY, url, timeout=0.5, retry_for=0) as client:
            await client.health()

    with pytest.raises(Timeout):
        asyncio.run(check())
