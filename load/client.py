"""A good client: sends a request until every event in it is settled, and waits when told to."""

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
"""Said by API Gateway or by ingest; 502 by the emulator when a function crashes (docs/local.md)."""

PATIENCE_SECONDS = 180
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 5.0


@dataclass(slots=True)
class Tally:
    """What clients met with. `answers` counts by status; `lost` are answers that never came."""

    requests: int = 0
    answers: Counter[str] = field(default_factory=Counter)
    unexpected: list[str] = field(default_factory=list)
    given_up: int = 0

    def unexpected_answer(self, answer: httpx.Response) -> None:
        """Note an answer that no good client should get."""
        self.unexpected.append(f"{answer.status_code}: {answer.text[:200]}")


@dataclass(frozen=True, slots=True)
class Client:
    """What sending needs. `accepted` is called with new ids as soon as their 202 is here."""

    http: httpx.AsyncClient
    slots: asyncio.Semaphore
    """How many requests may be under way at once; who waits to send again holds none."""
    tally: Tally
    accepted: Callable[[list[str]], None]
    going_on: Callable[[], bool]

    async def settle(self, lane: Lane, request: Request) -> None:
        """Send the request until nothing of it may be sent again, or patience ends."""
        pause, given_up_at = _FIRST_PAUSE, time.monotonic() + PATIENCE_SECONDS
        left: Request | None = request
        self.tally.requests += 1
        while left is not None:
            told, left = await self._send(lane, left)
            if left is None:
                return
            wait = pause * random.uniform(0.5, 1) if told is None else told
            if time.monotonic() + wait > given_up_at or not self._worth_waiting(wait):
                self.tally.given_up += len(left.numbers)
                return
            await asyncio.sleep(wait)
            pause = min(2 * pause, _LONGEST_PAUSE)

    def _worth_waiting(self, seconds: float) -> bool:
        """Once the run is over, nobody waits for a limit to be free again."""
        return self.going_on() or seconds <= _LONGEST_PAUSE

    async def _send(self, lane: Lane, request: Request) -> tuple[float | None, Request | None]:
        """The seconds we were told to wait, if we were, and what has to be sent again."""
        account = lane.account
        try:
            async with self.slots:
                answer = await self.http.post(
                    request.path, content=request.body(), headers=request.headers(lane.api_key)
                )
        except (httpx.ConnectError, httpx.ConnectTimeout):  # so nothing was sent
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
        """The events whose repetition cannot make two records of one."""
        numbers = [each for each in request.numbers if lane.account.repeatable(each)]
        return request.only(numbers) if numbers else None


def _is_end_of_emulator(answer: httpx.Response) -> bool:
    """While it is being stopped, the emulator answers 500 and no word."""
    return answer.status_code == httpx.codes.INTERNAL_SERVER_ERROR and not answer.content


def _retry_after(answer: httpx.Response) -> float | None:
    value = answer.headers.get("Retry-After")
    return float(value) if value is not None and value.isdecimal() else None
