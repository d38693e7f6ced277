"""Sends a workspace's requests with the Python client, one by one, until each is settled."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, cast

import httpx
from indelible_client import (
    AsyncClient,
    Backlogged,
    IndelibleError,
    RateLimited,
    TransportError,
    Unavailable,
)

from .traffic import Lane, Request
from .wire import Tally, Wire

if TYPE_CHECKING:
    from indelible_client.types import EventPayload, Receipt

ANSWER_SECONDS = 120.0
"""A process of a function takes seconds to start, and many start at the same time."""

PATIENCE_SECONDS = 180.0
"""For how long a request is repeated. A restart of the stack takes up to a minute."""

_LONGEST_WAIT_AFTERWARDS = 10.0
"""Seconds: the client's longest wait without `Retry-After`."""

_LOOK_SECONDS = 1.0
"""How often a client that waits longer looks whether the run is over."""

_UNAVAILABLE = (RateLimited, Backlogged, TransportError, Unavailable)
"""Errors that the client raises when its patience is at an end."""


class RunIsOver(Exception):
    """The run is over, and the client would wait for a limit to be reset."""


class Sending:
    """The client of one workspace. Its account hears every answer from the wire."""

    def __init__(
        self,
        base_url: str,
        lane: Lane,
        wire: Wire,
        tally: Tally,
        going_on: Callable[[], bool],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._lane = lane
        self._wire = wire
        self._tally = tally
        self._going_on = going_on
        self._sleep = sleep
        self._client = AsyncClient(
            lane.api_key,
            base_url,
            ANSWER_SECONDS,
            retry_for=PATIENCE_SECONDS,
            http=httpx.AsyncClient(transport=wire),
            sleep=self._wait,
        )

    async def settle(self, request: Request) -> None:
        """Send the request until every event of it is settled, at most PATIENCE_SECONDS."""
        self._wire.begin(request)
        account = self._lane.account
        try:
            receipts = await self._send(request)
        except (*_UNAVAILABLE, RunIsOver) as error:
            without_id = account.without_id(request.numbers)
            self._tally.given_up += without_id
            self._tally.cut_short += without_id if isinstance(error, RunIsOver) else 0
        except IndelibleError as error:
            self._tally.unexpected.append(f"{error} {error.events}"[:200])
        else:
            if receipts != self._wire.receipts:
                account.contradictions.append(
                    f"the client returned {receipts}, and received {self._wire.receipts}"
                )

    async def _send(self, request: Request) -> Sequence[Receipt]:
        events = cast("list[EventPayload]", request.events)
        if request.alone:
            return [await self._client.track(events[0])]
        return (await self._client.track_batch(events, idempotency_key=request.key))["events"]

    async def _wait(self, seconds: float) -> None:
        """Wait as the client asks. Once the run is over, it does not wait for limits to reset."""
        while seconds > _LONGEST_WAIT_AFTERWARDS:
            if not self._going_on():
                raise RunIsOver
            await self._sleep(_LOOK_SECONDS)
            seconds -= _LOOK_SECONDS
        await self._sleep(seconds)
