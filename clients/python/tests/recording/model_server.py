"""The service, as far as it concerns batches, with a network that loses requests and answers."""

from __future__ import annotations

import gzip
import json
import threading
from typing import Any, Callable

import httpx

from indelible_client import Recorder

KEY = "imk_0123456789abcdef"
URL = "https://audit.example.com"

LOST_BEFORE, LOST_AFTER, FAILS, BUSY, WHOLE = "lost before", "lost after", "fails", "busy", "whole"
"""The request or the answer is lost; an event fails; 503; nothing goes wrong."""


def recorder_to(server: httpx.BaseTransport, **options: Any) -> Recorder:
    """A recorder whose requests go to this server."""
    return Recorder(KEY, URL, http=httpx.Client(transport=server), **options)


class ModelServer(httpx.BaseTransport):
    """Keeps what the contract says: a key goes with one body, and the same receipts."""

    def __init__(self, next_fault: Callable[[], str] = lambda: WHOLE) -> None:
        self.next_fault = next_fault
        self.chain: list[dict[str, Any]] = []
        self.batches: list[int] = []
        self.conflicts = 0
        self.in_flight = 0
        self.overlapped = False
        self._keys: set[str] = set()
        self._known: dict[str, tuple[bytes, list[dict[str, Any]]]] = {}
        self._lock = threading.Lock()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        with self._lock:
            self.in_flight += 1
            self.overlapped |= self.in_flight > 1
        try:
            with self._lock:
                return self.answer(body_of(request), request.headers["Idempotency-Key"])
        finally:
            with self._lock:
                self.in_flight -= 1

    def answer(self, body: bytes, key: str) -> httpx.Response:
        """Take a batch. Raises the error of a connection that breaks."""
        fault = self.next_fault()
        if fault == LOST_BEFORE:
            raise httpx.ConnectError("lost before")
        if fault == BUSY:
            error = {"error": "unavailable", "message": "Send it again."}
            return httpx.Response(503, json=error, headers={"Retry-After": "1"})
        known = self._known.get(key)
        if known is not None and known[0] != body:
            self.conflicts += 1
            error = {"error": "idempotency_conflict", "message": "Another body."}
            return httpx.Response(422, json=error)
        events = [json.loads(line) for line in body.split(b"\n")]
        receipts = known[1] if known else [{"id": None, "status": "failed"} for _ in events]
        if known is None:
            self.batches.append(len(events))
        for place, event in enumerate(events):
            if receipts[place]["status"] == "failed":
                last = place == len(events) - 1
                receipts[place] = self._take(event, fails=fault == FAILS and last)
        self._known[key] = (body, receipts)
        if fault == LOST_AFTER:
            raise httpx.ReadTimeout("lost after")
        return httpx.Response(202, json={"events": receipts})

    def _take(self, event: dict[str, Any], *, fails: bool) -> dict[str, Any]:
        if event["action"] == "invalid":
            errors = [{"field": "action", "message": "is not allowed"}]
            return {"id": None, "status": "invalid", "errors": errors}
        if fails:
            return {"id": None, "status": "failed"}
        key = event.get("idempotency_key")
        if key in self._keys:
            return {"id": None, "status": "duplicate"}
        if key is not None:
            self._keys.add(key)
        self.chain.append(event)
        return {"id": f"id-{len(self.chain)}", "status": "queued"}

    def actors(self) -> list[str]:
        with self._lock:
            return [event["actor_id"] for event in self.chain]


class Gate(ModelServer):
    """Answers only while it is open."""

    def __init__(self) -> None:
        super().__init__()
        self.open = threading.Event()
        self.reached = threading.Event()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.reached.set()
        self.open.wait(30)
        return super().handle_request(request)


def body_of(request: httpx.Request) -> bytes:
    """The body before it was compressed."""
    content = request.read()
    if request.headers.get("Content-Encoding") == "gzip":
        return gzip.decompress(content)
    return content
