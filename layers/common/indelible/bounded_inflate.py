"""Decompression with a bound, for bytes that somebody else may have written."""

from __future__ import annotations

import zlib

from .errors import Oversized, Unreadable

ZLIB, GZIP = zlib.MAX_WBITS, zlib.MAX_WBITS | 16


def inflate(compressed: bytes, at_most: int, container: int = ZLIB) -> bytes:
    """Decompress to at most `at_most` bytes. Raises Oversized when there are more.

    Raises Unreadable when the input is broken, cut off or followed by other bytes.
    """
    stream = zlib.decompressobj(container)
    try:
        plain = stream.decompress(compressed, at_most + 1)
    except zlib.error as error:
        raise Unreadable(f"does not decompress: {error}") from None
    if len(plain) > at_most:
        raise Oversized(f"decompresses to more than {at_most} bytes")
    if not stream.eof or stream.unused_data:
        raise Unreadable("does not decompress: cut off, or followed by other bytes")
    return plain
