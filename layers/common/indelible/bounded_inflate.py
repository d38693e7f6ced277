"""Decompression with a bound, for bytes that somebody else may have written."""

from __future__ import annotations

import zlib
from typing import Protocol

from .errors import Oversized, Unreadable

ZLIB, GZIP = zlib.MAX_WBITS, zlib.MAX_WBITS | 16


def inflate(compressed: bytes, at_most: int, container: int = ZLIB) -> bytes:
    """Decompress to at most `at_most` bytes. Raises Oversized when there are more.

    Raises Unreadable when the input is broken, cut off or followed by other bytes.
    """
    return read_whole(zlib.decompressobj(container), zlib.error, compressed, at_most)


class Stream(Protocol):
    """What decompresses one stream: an object of `zlib`, or of a module that is made alike."""

    @property
    def eof(self) -> bool:
        """Whether the end of the stream was reached."""

    @property
    def unused_data(self) -> bytes:
        """What follows the end of the stream."""

    def decompress(self, data: bytes, max_length: int, /) -> bytes:
        """At most so many bytes of the plain text."""


def read_whole(stream: Stream, failure: type[Exception], compressed: bytes, at_most: int) -> bytes:
    """Decompress with this stream, which raises `failure`. Raises as `inflate` does."""
    try:
        plain = stream.decompress(compressed, at_most + 1)
    except failure as error:
        raise Unreadable(f"does not decompress: {error}") from None
    if len(plain) > at_most:
        raise Oversized(f"decompresses to more than {at_most} bytes")
    if not stream.eof or stream.unused_data:
        raise Unreadable("does not decompress: cut off, or followed by other bytes")
    return plain
