"""A good client: sends a request until every event in it is settled, and obeys Retry-After."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx

from .traffic import Lane, Request

_REFUSED = 429
_BEHIND_THE_GATEWAY = frozenset({502, 503, 504})
"""Statuses of API Gateway or ingest. The emulator answers 502 when a function crashes
(docs/local.md)."""

PATIENCE_SECONDS = 180
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 5.0


@dataclass(slots=True)
class Tally:
    """The answers that clients received. `answers` counts them by status, and lost answers."""

    requests: int = 0
    answers: Counter[str] = field(default_factory=Counter)
    unexpected: list[str] = field(default_factory=list)
    given_up: int = 0

    def unexpected_answer(self, answer: httpx.Response) -> None:
        """Enter an answer that a good client should never get."""
        self.unexpected.append(f"{answer.status_code}: {answer.text[:200]}")


@dataclass(frozen=True, slots=True)
class Client:
    """Sends requests. `accepted` is called with new ids as soon as their 202 arrives."""

    http: httpx.AsyncClient
    slots: asyncio.Semaphore
    """Limits the requests in flight. A client that waits to send again holds no slot."""
    tally: Tally
    accepted: Callable[[list[str]], None]
    going_on: Callable[[], bool]

    async def settle(self, lane: Lane, request: Request) -> None:
        """Send the request until no event of it may be sent again, at most PATIENCE_SECONDS."""
        pause, given_up_at = _FIRST_PAUSE, time.monotonic() + PATIENCE_SECONDS
        left: Request | None = request
        self.tally.requests += 1
        while left is not None:
            retry_after, left = await self._send(lane, left)
            if left is None:
                return
            wait = pause * random.uniform(0.5, 1) if retry_after is None else retry_after
            if time.monotonic() + wait > given_up_at or not self._worth_waiting(wait):
                self.tally.given_up += len(left.numbers)
                return
            await asyncio.sleep(wait)
            pause = min(2 * pause, _LONGEST_PAUSE)

    def _worth_waiting(self, seconds: float) -> bool:
        """Whether to wait this long. Once the run is over, no client waits for a limit to reset."""
        return self.going_on() or seconds <= _LONGEST_PAUSE

    async def _send(self, lane: Lane, request: Request) -> tuple[float | None, Request | None]:
        """Send once. Returns the seconds of Retry-After, if any, and the request to repeat."""
        account = lane.account
        try:
            async with self.slots:
                answer = await self.http.post(
                    request.path, content=request.body(), headers=request.headers(lane.api_key)
                )
        except (httpx.ConnectError, httpx.ConnectTimeout):  # nothing was sent
            self.tally.answers["no connection"] += 1
            return None, request
        except httpx.TransportError as error:
            self.tally.answers[f"lost ({type(error).__name__})"] += 1
            account.lose(request.numbers)
            return None, self._repeatable(lane, request)
        self.tally.answers[str(answer.status_code)] += 1
        wait = _retry_after(answer)
        if answer.status_code == httpx.codes.ACCEPTED:
            receipts = [answer.json()] if len(request.events) == 1 else answer.json()["events"]
            new, failed = account.answer(request.numbers, receipts)
            self.accepted(new)
            return wait, self._repeatable(lane, request.only(failed)) if failed else None
        if answer.status_code == _REFUSED:
            return wait, request
        account.lose(request.numbers)
        if answer.status_code not in _BEHIND_THE_GATEWAY and not _is_end_of_emulator(answer):
            self.tally.unexpected_answer(answer)
            return wait, None
        return wait, self._repeatable(lane, request)

    @staticmethod
    def _repeatable(lane: Lane, request: Request) -> Request | None:
        """The request with the events that can be sent again without making two records."""
        numbers = [each for each in request.numbers if lane.account.repeatable(each)]
        return request.only(numbers) if numbers else None


def _is_end_of_emulator(answer: httpx.Response) -> bool:
    """Whether the emulator is being stopped: it then answers 500 with an empty body."""
    return answer.status_code == httpx.codes.INTERNAL_SERVER_ERROR and not answer.content


def _retry_after(answer: httpx.Response) -> float | None:
    value = answer.headers.get("Retry-After")
    return float(value) if value is not None and value.isdecimal() else None
