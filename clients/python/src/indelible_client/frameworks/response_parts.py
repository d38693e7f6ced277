"""The parts of a streamed response: each is made within its request."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Any

from .request_context import RequestContext


class InRequest:
    """What an iterable yields, within the request, which `close` ends."""

    def __init__(self, request: RequestContext, parts: Iterable[Any]) -> None:
        self._request = request
        self._parts = parts
        self._iterator = iter(parts)

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        with self._request.entered():
            return next(self._iterator)

    def close(self) -> None:
        """End the request."""
        close = getattr(self._parts, "close", None)
        try:
            if close is not None:
                with self._request.entered():
                    close()
        finally:
            self._request.has_ended = True


class InAsyncRequest:
    """What an asynchronous iterable yields, within the request, which `close` ends."""

    def __init__(self, request: RequestContext, parts: AsyncIterator[Any]) -> None:
        self._request = request
        self._iterator = parts.__aiter__()

    def __aiter__(self) -> AsyncIterator[Any]:
        return self

    async def __anext__(self) -> Any:
        with self._request.entered():
            return await self._iterator.__anext__()

    def close(self) -> None:
        """End the request. Django calls it, whatever happens."""
        self._request.has_ended = True
