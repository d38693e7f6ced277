"""The service, as far as it concerns batches, with a network that loses requests and answers."""

from __future__ import annotations

import json
import threading
from typing import Any, Callable

from indelible_client.sending import Answer, Answered, NotAnswered, Receipt, Refused

LOST_BEFORE, LOST_AFTER, FAILS, BUSY, WHOLE = "lost before", "lost after", "fails", "busy", "whole"
"""The request or the answer is lost; an event fails; 503; nothing goes wrong."""


class ModelServer:
    """Keeps what the contract says: a key goes with one body, and the same receipts."""

    def __init__(self, next_fault: Callable[[], str] = lambda: WHOLE) -> None:
        self.next_fault = next_fault
        self.chain: list[dict[str, Any]] = []
        self.batches: list[int] = []
        self.conflicts = 0
        self.in_flight = 0
        self.overlapped = False
        self._known: dict[str, tuple[bytes, list[Receipt]]] = {}
        self._lock = threading.Lock()

    def send(self, body: bytes, key: str, count: int) -> Answer:
        with self._lock:
            self.in_flight += 1
            self.overlapped |= self.in_flight > 1
        try:
            with self._lock:
                return self._answer(body, key, count)
        finally:
            with self._lock:
                self.in_flight -= 1

    def close(self) -> None:
        """Nothing is open."""

    def _answer(self, body: bytes, key: str, count: int) -> Answer:
        fault = self.next_fault()
        if fault == LOST_BEFORE:
            return NotAnswered("ConnectError")
        if fault == BUSY:
            return NotAnswered("unavailable", retry_after=1.0)
        known = self._known.get(key)
        if known is not None and known[0] != body:
            self.conflicts += 1
            return Refused("idempotency_conflict", "another body", is_final=True)
        events = json.loads(body)["events"]
        assert len(events) == count
        receipts = known[1] if known else [Receipt("failed")] * count
        if known is None:
            self.batches.append(count)
        for place, event in enumerate(events):
            if receipts[place].status == "failed":
                receipts[place] = self._take(event, fails=fault == FAILS and place == count - 1)
        self._known[key] = (body, receipts)
        return NotAnswered("ReadTimeout") if fault == LOST_AFTER else Answered(tuple(receipts))

    def _take(self, event: dict[str, Any], *, fails: bool) -> Receipt:
        if event["action"] == "invalid":
            return Receipt("invalid", errors=({"field": "action", "message": "is not allowed"},))
        if fails:
            return Receipt("failed", errors=({"field": "", "message": "send it again"},))
        self.chain.append(event)
        return Receipt("queued", id=f"id-{len(self.chain)}")

    def actors(self) -> list[str]:
        with self._lock:
            return [event["actor_id"] for event in self.chain]
