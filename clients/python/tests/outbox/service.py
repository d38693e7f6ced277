"""The service, as far as it concerns keys of events and of requests, with a network that fails."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Callable

import httpx
from serving import serving

from indelible_client import Client

KEY = "imk_0123456789abcdef"
URL = "https://audit.example.com"

WHOLE = "nothing goes wrong"
LOST_BEFORE = "the request is lost"
LOST_AFTER = "the answer is lost"
LIMITED = "429"
REVOKED = "401"
FAILS = "the last event fails"
CLAIMS = "503 after the keys were claimed"
FAULTS = (LOST_BEFORE, LOST_AFTER, LIMITED, FAILS, CLAIMS)


class Service(httpx.BaseTransport):
    """Keeps what the contract says about keys: one event, or one body, for each."""

    def __init__(self, *faults: str, otherwise: Callable[[], str] = lambda: WHOLE) -> None:
        self.faults = list(faults)
        self.otherwise = otherwise
        self.requests: list[list[dict[str, Any]]] = []
        self.chain: list[dict[str, Any]] = []
        self.while_sending: Callable[[], object] = lambda: None
        self._bodies: dict[str, tuple[bytes, list[dict[str, Any]]]] = {}
        self._claims: dict[str, dict[str, Any]] = {}
        self._chained: set[str] = set()
        self._lock = threading.Lock()

    def client(self) -> Client:
        return Client(KEY, URL, http=httpx.Client(transport=self), retry_for=0)

    def chained(self) -> list[str]:
        """The ids of the chained events' resources."""
        with self._lock:
            return [event["resource_id"] for event in self.chain]

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        body = request.read()
        if request.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        self.while_sending()
        with self._lock:
            return self._answer(body, request.headers["Idempotency-Key"])

    def _answer(self, body: bytes, key: str) -> httpx.Response:
        fault = self.faults.pop(0) if self.faults else self.otherwise()
        if fault == LOST_BEFORE:
            raise httpx.ConnectError("lost")
        if fault == LIMITED:
            return _refusal(429, "rate_limited")
        if fault == REVOKED:
            return _refusal(401, "unauthenticated")
        events = [json.loads(line) for line in body.split(b"\n")]
        self.requests.append(events)
        known, receipts = self._bodies.setdefault(key, (body, [{"status": "failed"}] * len(events)))
        assert known == body, "another body under the key of a request"
        for place, event in enumerate(events):
            last = place == len(events) - 1
            if receipts[place]["status"] == "failed" and not (fault == FAILS and last):
                receipts[place] = self._take(event, only_claim=fault == CLAIMS)
        if fault == CLAIMS:
            del self._bodies[key]
            return _refusal(503, "unavailable")
        if fault == LOST_AFTER:
            raise httpx.ReadTimeout("lost")
        if all(receipt["status"] == "invalid" for receipt in receipts):
            return _refusal(422, "validation_failed", events=receipts)
        return httpx.Response(202, json={"events": receipts})

    def _take(self, event: dict[str, Any], *, only_claim: bool) -> dict[str, Any]:
        key = event["idempotency_key"]
        content = {**event, "occurred_at": None}
        if event["action"] == "forbidden":
            return _invalid("action", "is not allowed")
        if self._claims.get(key, content) != content:
            return _invalid("idempotency_key", "is already used by another event")
        status = "duplicate" if key in self._claims else "queued"
        self._claims[key] = content
        if not only_claim and key not in self._chained:
            self._chained.add(key)
            self.chain.append(event)
        return {"id": f"id-of-{key}", "status": status}


def _invalid(field: str, message: str) -> dict[str, Any]:
    return {"id": None, "status": "invalid", "errors": [{"field": field, "message": message}]}


def _refusal(status: int, code: str, **more: Any) -> httpx.Response:
    return httpx.Response(status, json={"error": code, "message": "Says why.", **more})


@contextmanager
def served(service: Service) -> Iterator[str]:
    """Yield the base URL at which other processes find the service."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1

        def do_POST(self) -> None:
            size = int(self.headers["Content-Length"])
            content = self.rfile.read(size)
            self.close_connection = True
            if len(content) < size:
                return  # the relay was killed in the middle
            request = httpx.Request("POST", URL, headers=dict(self.headers), content=content)
            try:
                answer = service.handle_request(request)
            except httpx.TransportError:
                return
            self.send_response(answer.status_code)
            self.send_header("Content-Length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        def handle(self) -> None:
            try:
                super().handle()
            except ConnectionError:
                return  # the relay was killed before it had its answer

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Stay silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    with serving(server) as url:
        yield url
