"""The wire below a workspace's client: a limit of requests in flight, and an entry of each answer.

The client repeats requests by itself, and its caller learns of the last answer only. The account
needs every answer, also the lost ones.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from .accounting import Account
from .traffic import Request

REFUSED = 429
"""The status of an answer to a request of which nothing was queued."""

NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
"""Errors before anything of a request was sent."""


@dataclass(slots=True)
class Tally:
    """The answers that clients received. `answers` counts them by status, and lost answers."""

    requests: int = 0
    answers: Counter[str] = field(default_factory=Counter)
    unexpected: list[str] = field(default_factory=list)
    """Errors that a good client should never get."""
    given_up: int = 0
    """Events without an id whose client stopped trying."""
    cut_short: int = 0
    """Of these, the events whose client had to wait for a limit when the run was over."""


class Wire(httpx.AsyncBaseTransport):
    """Carries the requests of one workspace, which come one after the other.

    A request holds one of `slots` until its answer is complete. A client that waits to send again
    holds none. `accepted` is called with new ids as soon as their 202 arrives.
    """

    def __init__(
        self,
        inner: httpx.AsyncBaseTransport,
        slots: asyncio.Semaphore,
        tally: Tally,
        account: Account,
        accepted: Callable[[list[str]], None],
    ) -> None:
        self._inner = inner
        self._slots = slots
        self._tally = tally
        self._account = account
        self._accepted = accepted
        self._request = Request([], [], "")
        self.receipts: list[dict[str, Any]] = []
        """The last that it received for the request."""

    def begin(self, request: Request) -> None:
        """Enter the answers from now on for this request."""
        self._request = request
        self.receipts = []
        self._tally.requests += 1

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send once, and enter the answer or its loss."""
        try:
            async with self._slots:
                answer = await self._inner.handle_async_request(request)
                await answer.aread()
        except NOT_SENT:
            self._tally.answers["no connection"] += 1
            raise
        except httpx.TransportError as error:
            self._tally.answers[f"lost ({type(error).__name__})"] += 1
            self._account.lose(self._request.numbers)
            raise
        self._tally.answers[str(answer.status_code)] += 1
        self._enter(answer)
        return answer

    def _enter(self, answer: httpx.Response) -> None:
        request = self._request
        if answer.status_code == httpx.codes.ACCEPTED:
            value = answer.json()
            self.receipts = [value] if request.alone else value["events"]
            key = None if request.alone else request.key
            self._accepted(self._account.answer(request.numbers, self.receipts, key))
        elif answer.status_code != REFUSED:
            self._account.lose(request.numbers)
        if _is_end_of_emulator(answer):
            raise httpx.RemoteProtocolError("The emulator ended before it answered.")


def _is_end_of_emulator(answer: httpx.Response) -> bool:
    """Whether the emulator is being stopped: it then answers 500 with an empty body.

    AWS does not answer so. A stopped server breaks the connection.
    """
    return answer.status_code == httpx.codes.INTERNAL_SERVER_ERROR and not answer.content
