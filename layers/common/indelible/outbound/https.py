"""One POST over HTTPS, bounded in time and size, to a host that somebody else runs.

No redirect is followed, no proxy is used, and the host's certificate is checked. The connection
goes to an address that was checked, and the whole request takes a few seconds at most, however
slowly the host answers.
"""

from __future__ import annotations

import io
import socket
import ssl
import time
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from http.client import HTTPException, HTTPResponse
from typing import TYPE_CHECKING, cast

from .. import __version__
from ..errors import Unavailable
from .addresses import Resolve, addresses_of, resolve
from .urls import Url

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

SECONDS = 2.0
"""How long a request may take, from the look-up of the host to the last byte of the answer."""

_MOST_HEAD_BYTES = 64 * 1024
"""Maximum size of the status, the headers and the sizes of chunks."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The status, the header `Content-Type` (empty if there is none) and the body."""

    status: int
    content_type: str
    body: bytes


def post(
    url: Url,
    body: bytes,
    most_bytes: int,
    *,
    allow_private: bool = False,
    trust: ssl.SSLContext | None = None,
    find: Resolve = resolve,
    seconds: float = SECONDS,
) -> Answer:
    """Send text in UTF-8, and return the answer of at most `most_bytes`, whatever its status is.

    Raises Unavailable when the host does not answer in time, answers with more bytes, has an
    address that is not public unless `allow_private`, or has a certificate that `trust` (default:
    the system's authorities) does not accept. The request may have been received.
    """
    end = _End(seconds)
    addresses = addresses_of(url.host, url.port, end.left(), find, allow_private=allow_private)
    try:
        with ExitStack() as open_sockets:
            connected = open_sockets.enter_context(_connect(addresses, url.port, end))
            if url.is_https:
                connected.settimeout(end.left())
                connected = open_sockets.enter_context(
                    (trust or _system_trust()).wrap_socket(
                        connected, server_hostname=url.host, suppress_ragged_eofs=False
                    )
                )
            connected.settimeout(end.left())
            connected.sendall(_request(url, body))
            return _read(connected, end, most_bytes)
    except (OSError, HTTPException, ValueError) as error:
        # ValueError: http.client lets it through for a header that is no number.
        raise Unavailable(f"{url.host} did not answer: {type(error).__name__}: {error}") from None


class _End:
    """The moment at which a request must be done."""

    def __init__(self, seconds: float) -> None:
        self._at = time.monotonic() + seconds

    def left(self) -> float:
        """The seconds until then, more than 0. Raises TimeoutError when there are none."""
        left = self._at - time.monotonic()
        if left <= 0:
            raise TimeoutError("the time is up")
        return left


@cache
def _system_trust() -> ssl.SSLContext:
    """The system's authorities, TLS 1.2 or later, and the host's name checked. Loaded once."""
    return ssl.create_default_context()


def _connect(addresses: list[str], port: int, end: _End) -> socket.socket:
    """A connection to the first address that accepts one. Each has its share of the time."""
    failure = OSError("no address")
    for place, address in enumerate(addresses):
        try:
            return socket.create_connection((address, port), end.left() / (len(addresses) - place))
        except OSError as error:
            failure = error
    raise failure


def _request(url: Url, body: bytes) -> bytes:
    head = (
        f"POST {url.path or '/'} HTTP/1.1",
        f"Host: {url.authority}",
        f"User-Agent: Indelible/{__version__}",
        "Content-Type: text/plain; charset=utf-8",
        f"Content-Length: {len(body)}",
        "Connection: close",
    )
    return "".join(f"{line}\r\n" for line in (*head, "")).encode("ascii") + body


def _read(connected: socket.socket, end: _End, most_bytes: int) -> Answer:
    """Read the answer, each part of it before the end."""
    source = _Source(connected, end, most_bytes + _MOST_HEAD_BYTES)
    # http.client needs nothing of a socket but the file that it reads from.
    response = HTTPResponse(cast("socket.socket", source), method="POST")
    response.begin()
    body = response.read(most_bytes + 1)
    if len(body) > most_bytes:
        raise HTTPException(f"the answer has more than {most_bytes:,} bytes")
    if response.length:
        raise HTTPException(f"the answer lacks {response.length:,} bytes")
    return Answer(response.status, response.getheader("Content-Type", ""), body)


class _Source(io.RawIOBase):
    """What a connection receives until the end, and at most so many bytes.

    The time-out of a socket alone would be one for each read. And http.client reads as much as the
    answer has it do, for example if the size of a chunk is -1.
    """

    def __init__(self, connected: socket.socket, end: _End, most_bytes: int) -> None:
        self._connected = connected
        self._end = end
        self._left = most_bytes

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        self._connected.settimeout(self._end.left())
        received = self._connected.recv_into(buffer)
        self._left -= received
        if self._left < 0:
            raise HTTPException("the answer is too long")
        return received
