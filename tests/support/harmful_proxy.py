"""A proxy between a client and the API that does harm: cuts, delays, and answers of its own."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum, auto
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from urllib.parse import urlsplit

MOST_IN_A_ROW = 3
_DELAY_SECONDS = 0.5
_STACK_SECONDS = 60
_OF_ONE_CONNECTION = {"connection", "keep-alive", "transfer-encoding", "content-length", "host"}


class Harm(Enum):
    CUT_BEFORE = auto()
    """The connection ends, and the request does not reach the API."""
    CUT_AFTER = auto()
    """The API carries the request out, and the connection ends without its answer."""
    HALF_AN_ANSWER = auto()
    """The connection ends in the middle of the answer's body."""
    DELAY = auto()
    RATE_LIMITED = auto()
    """A 429 of the API, with Retry-After."""
    UNAVAILABLE = auto()
    """A 503 of the API, with Retry-After."""
    HTML = auto()
    """A 502 with HTML, as load balancers answer."""


@dataclass(frozen=True)
class _Answer:
    status: int
    headers: list[tuple[str, str]]
    body: bytes


def _of_the_api(status: int, code: str) -> _Answer:
    body = json.dumps({"error": code, "message": "The proxy says so."}).encode()
    return _Answer(status, [("Content-Type", "application/json"), ("Retry-After", "1")], body)


_ANSWERS = {
    Harm.RATE_LIMITED: _of_the_api(429, "rate_limited"),
    Harm.UNAVAILABLE: _of_the_api(503, "unavailable"),
    Harm.HTML: _Answer(502, [("Content-Type", "text/html")], b"<html>502 Bad Gateway</html>"),
}


class Proxy(ThreadingHTTPServer):
    """The proxy to the API at a base URL."""

    def __init__(self, api: str, harms: Iterator[Harm | None]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.api = urlsplit(api)
        self.url = self.api._replace(netloc=f"127.0.0.1:{self.server_port}").geturl()
        self.done: Counter[Harm | None] = Counter()
        """How many requests met each harm, and how many met none."""
        self._harms = harms
        self._lock = threading.Lock()

    def next_harm(self) -> Harm | None:
        """What to do to the next request."""
        with self._lock:
            harm = next(self._harms)
            self.done[harm] += 1
            return harm


class _Handler(BaseHTTPRequestHandler):
    server: Proxy
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # one packet for each answer, so that no delayed ACK waits

    def do_GET(self) -> None:
        self._harm()

    def do_POST(self) -> None:
        self._harm()

    def _harm(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        harm = self.server.next_harm()
        if harm is Harm.DELAY:
            time.sleep(_DELAY_SECONDS)
        if harm is Harm.CUT_BEFORE:
            self.close_connection = True
            return
        answer = _ANSWERS[harm] if harm in _ANSWERS else self._forward(body)
        if harm is Harm.CUT_AFTER:
            self.close_connection = True
            return
        self._deliver(answer, half=harm is Harm.HALF_AN_ANSWER)

    def _forward(self, body: bytes) -> _Answer:
        headers = dict(_without_connection(self.headers.items()))
        stack = HTTPConnection(self.server.api.netloc, timeout=_STACK_SECONDS)
        try:
            stack.request(self.command, self.path, body or None, headers)
            answer = stack.getresponse()
            return _Answer(answer.status, _without_connection(answer.getheaders()), answer.read())
        finally:
            stack.close()

    def _deliver(self, answer: _Answer, *, half: bool) -> None:
        self.send_response_only(answer.status)
        for name, value in [*answer.headers, ("Content-Length", str(len(answer.body)))]:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.body[: len(answer.body) // 2] if half else answer.body)
        self.close_connection = self.close_connection or half

    def log_message(self, *_: object) -> None:
        """Keeps the requests out of the output of the tests."""


@contextmanager
def harmful_proxy(api: str, harms: Iterator[Harm | None]) -> Iterator[Proxy]:
    """Run a proxy to the API at this base URL. `harms` has what is done to each request."""
    with Proxy(api, harms) as proxy:
        thread = threading.Thread(target=proxy.serve_forever)
        thread.start()
        try:
            yield proxy
        finally:
            proxy.shutdown()
            thread.join()


def every_harm(seed: int, unharmed: int = 1) -> Iterator[Harm | None]:
    """Every harm in random order, again and again. `unharmed` requests pass in between.

    At most MOST_IN_A_ROW harms come in a row.
    """
    chance, in_a_row = Random(seed), 0
    while True:
        for harm in chance.sample(list(Harm), len(Harm)):
            yield harm
            in_a_row += 1
            if in_a_row == MOST_IN_A_ROW or chance.random() < 0.5:
                yield from [None] * unharmed
                in_a_row = 0


def _without_connection(headers: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """The headers that do not concern one connection only."""
    return [(n, v) for n, v in headers if n.lower() not in _OF_ONE_CONNECTION]
