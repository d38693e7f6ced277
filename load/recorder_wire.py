"""The wire below a recorder: it enters each answer, and measures the wait for it."""

from __future__ import annotations

import gzip
import time
from collections import Counter
from dataclasses import dataclass, field

import httpx
import msgspec

from .accounting import NUMBER, Account
from .wire import NOT_SENT, REFUSED


@dataclass(slots=True)
class RecorderWire(httpx.BaseTransport):
    """Carries a recorder's batches, one after the other, and enters each answer."""

    inner: httpx.BaseTransport
    account: Account
    accepted: int = 0
    requests: int = 0
    answer_seconds: float = 0.0
    """How long the recorder waited for answers."""
    answers: Counter[str] = field(default_factory=Counter)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send once, and enter the answer or its loss."""
        numbers = _numbers(request)
        began = time.perf_counter()
        self.requests += 1
        try:
            answer = self.inner.handle_request(request)
            answer.read()
        except httpx.TransportError as error:
            self.answers[type(error).__name__] += 1
            if not isinstance(error, NOT_SENT):
                self.account.lose(numbers)
            raise
        finally:
            self.answer_seconds += time.perf_counter() - began
        self.answers[str(answer.status_code)] += 1
        if answer.status_code == httpx.codes.ACCEPTED:
            key = request.headers["Idempotency-Key"]
            self.accepted += len(self.account.answer(numbers, answer.json()["events"], key))
        elif answer.status_code != REFUSED:
            self.account.lose(numbers)
        return answer


def _numbers(request: httpx.Request) -> list[int]:
    body = request.read()
    if request.headers.get("Content-Encoding") == "gzip":
        body = gzip.decompress(body)
    return [msgspec.json.decode(line)[NUMBER] for line in body.split(b"\n")]
