"""Requests, responses and downloads of httpx, for both clients."""

from __future__ import annotations

import encodings.idna  # noqa: F401  # httpx imports it late, and a fork could cut that in half
import ssl
from collections.abc import AsyncIterable, Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from typing import Any, BinaryIO, Optional, Union

import httpx

from .answers import Answer
from .calls import Call
from .errors import BrokenConnection, NotConnected, Timeout, TLSFailure
from .version import __version__

CONNECT_SECONDS = 5.0


class Bearer(httpx.Auth):
    """The API key. Unlike a header in a local variable, it is not shown in error reports."""

    def __init__(self, api_key: str) -> None:
        self._api_key = api_key

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Add the key to a request."""
        request.headers["Authorization"] = f"Bearer {self._api_key}"
        yield request

    def __repr__(self) -> str:
        return "Bearer(…)"


def arguments(root: str, call: Call[Any], seconds: Optional[float]) -> dict[str, Any]:
    """The arguments of httpx's `request` for a call, but for the key."""
    limit = limit_of(call, seconds)
    agent = {"Accept": "application/json", "User-Agent": f"indelible-client/{__version__}"}
    return {
        "method": call.method,
        "url": f"{root}{call.target}",
        "content": call.content,
        "headers": {**agent, **call.headers},
        "timeout": httpx.Timeout(limit, connect=min(limit, CONNECT_SECONDS)),
        "follow_redirects": False,
    }


def file_arguments(url: str, received: int) -> dict[str, Any]:
    """The arguments of httpx's `stream` for a file, or for its rest after the bytes received.

    The storage must not see the API key, and S3 refuses a request that has it.
    """
    rest = {"Range": f"bytes={received}-"} if received else {}
    return {
        "method": "GET",
        "url": url,
        "headers": {"Accept-Encoding": "identity", **rest},
        "auth": None,
        "follow_redirects": False,
    }


class Body:
    """The body of a response, in pieces. httpx limits the time of each, and this that of all."""

    def __init__(self, limit: float, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._end = clock() + limit
        self._pieces: list[bytes] = []

    def read(self, pieces: Iterable[bytes]) -> None:
        """Read all pieces. Raises Timeout after the limit."""
        for piece in pieces:
            self._add(piece)
            del piece  # no local variable has a part of an answer when an error is raised

    async def read_async(self, pieces: AsyncIterable[bytes]) -> None:
        """Do the same for asyncio."""
        async for piece in pieces:
            self._add(piece)
            del piece

    def _add(self, piece: bytes) -> None:
        self._pieces.append(piece)
        if self._clock() > self._end:
            raise Timeout("No whole answer in time.")

    def answer(self, response: httpx.Response) -> Answer:
        """The answer that has this body."""
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status_code, headers, b"".join(self._pieces))


def limit_of(call: Call[Any], seconds: Optional[float]) -> float:
    """The seconds that a try may take."""
    return call.seconds if seconds is None else seconds


@contextmanager
def typed_errors() -> Iterator[None]:
    """Raise our errors in place of httpx's."""
    try:
        yield
    except (httpx.ConnectTimeout, httpx.PoolTimeout) as error:
        raise NotConnected("No connection in time.") from error
    except httpx.TimeoutException as error:
        raise Timeout("No answer in time.") from error
    except httpx.ConnectError as error:
        if _is_tls(error):
            raise TLSFailure(f"The TLS connection is refused: {error}") from error
        raise NotConnected(f"No connection: {error}") from error
    except httpx.HTTPError as error:
        raise BrokenConnection(f"The connection broke ({type(error).__name__}).") from error


def _is_tls(error: Optional[BaseException]) -> bool:
    """Whether an error was caused by TLS."""
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False


@contextmanager
def whole_file(path: Union[str, PathLike[str]]) -> Iterator[BinaryIO]:
    """Open `<path>.part` for writing; rename it at the end, or remove it if that fails."""
    part = Path(f"{path}.part")
    try:
        with part.open("wb") as file:
            yield file
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
