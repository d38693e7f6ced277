"""A server of given answers, a clock that only moves when the client sleeps, and both clients."""

from __future__ import annotations

import asyncio
import gzip
import inspect
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any, Callable, Optional, Union
from urllib.parse import parse_qsl

import httpx

from indelible_client import AsyncClient, Client

KEY = "imk_live_5f0c8e6a2b177b3a9d4119584a17c2e0"
BASE_URL = "https://audit.example.com"
EVENT_ID = "019584a1-7c2e-7b3a-9d41-5f0c8e6a2b17"
EXPORT_ID = "019ab2f4-5c1e-7d3a-9d41-5f0c8e6a2b17"
QUEUED = {"id": EVENT_ID, "status": "queued"}
RECEIPTS = {"events": [QUEUED]}

Reply = Union[httpx.Response, Exception]


def reply(status: int, data: object, **headers: str) -> httpx.Response:
    """A response with JSON. `retry_after="3"` is the header `Retry-After`."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, json=data, headers=named)


def refusal(status: int, code: str, **headers: str) -> httpx.Response:
    """An error as the API answers it."""
    return reply(status, {"error": code, "message": f"It is {code}."}, **headers)


@dataclass
class Server:
    """Answers each request with the next reply, and the last one again and again."""

    replies: list[Reply]
    requests: list[httpx.Request] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.requests.append(request)
        found = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        if isinstance(found, Exception):
            raise found
        return httpx.Response(found.status_code, headers=found.headers, content=found.content)

    @property
    def last(self) -> httpx.Request:
        return self.requests[-1]

    @property
    def keys(self) -> list[Optional[str]]:
        """The Idempotency-Key of each request."""
        return [each.headers.get("Idempotency-Key") for each in self.requests]


def body_of(request: httpx.Request) -> Any:
    """The JSON of a request, after decompression; None without a body."""
    content = request.content
    if request.headers.get("Content-Encoding") == "gzip":
        content = gzip.decompress(content)
    return json.loads(content) if content else None


def query_of(request: httpx.Request) -> list[tuple[str, str]]:
    return parse_qsl(request.url.query.decode(), keep_blank_values=True)


@dataclass
class Time:
    """A clock in seconds, which sleeping moves."""

    now: float = 1000.0
    slept: list[float] = field(default_factory=list)

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    async def sleep_async(self, seconds: float) -> None:
        self.sleep(seconds)


class Blocking:
    """AsyncClient, with calls that wait for their result, so that one test serves both clients."""

    def __init__(self, client: AsyncClient) -> None:
        self._client = client
        self._loop = asyncio.new_event_loop()

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._client, name)

        def call(*args: object, **kwargs: object) -> Any:
            result = method(*args, **kwargs)
            if inspect.isawaitable(result):
                return self._loop.run_until_complete(_awaited(result))
            return self._each(result) if hasattr(result, "__anext__") else result

        return call

    def __repr__(self) -> str:
        return repr(self._client)

    def _each(self, iterator: AsyncIterator[Any]) -> Iterator[Any]:
        while True:
            try:
                yield self._loop.run_until_complete(_awaited(iterator.__anext__()))
            except StopAsyncIteration:
                return

    def close(self) -> None:
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.run_until_complete(self._client.aclose())
        self._loop.close()


async def _awaited(result: Any) -> Any:
    return await result


@dataclass
class Setup:
    """Makes clients of one kind, with a clock, and closes them."""

    kind: str
    time: Time = field(default_factory=Time)
    made: list[Any] = field(default_factory=list)

    def client(
        self,
        *replies: Reply,
        handler: Optional[Callable[[httpx.Request], httpx.Response]] = None,
        base_url: str = BASE_URL,
        random: float = 0.5,
        **settings: Any,
    ) -> tuple[Any, Server]:
        """A client and the server that it talks to."""
        server = Server(list(replies))
        transport = httpx.MockTransport(handler or server)
        settings.update(clock=self.time.clock, random=lambda: random)
        if self.kind == "sync":
            http = httpx.Client(transport=transport)
            made: Any = Client(KEY, base_url, http=http, sleep=self.time.sleep, **settings)
        else:
            made = Blocking(
                AsyncClient(
                    KEY,
                    base_url,
                    http=httpx.AsyncClient(transport=transport),
                    sleep=self.time.sleep_async,
                    **settings,
                )
            )
        self.made.append(made)
        return made, server

    def close(self) -> None:
        for each in self.made:
            each.close()
