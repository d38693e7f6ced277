"""Decompression with a bound, for bytes that somebody else may have written."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Protocol

from .errors import Oversized, Unreadable

GZIP = zlib.MAX_WBITS | 16
"""The `wbits` of zlib for the format gzip."""


def inflate(compressed: bytes, at_most: int) -> bytes:
    """Decompress zlib to at most `at_most` bytes. Raises Oversized when there are more.

    Raises Unreadable when the input is broken, cut off or followed by other bytes.
    """
    return read_whole(zlib.decompressobj(), zlib.error, compressed, at_most)


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
    return b"".join(read_pieces(stream, failure, compressed, at_most, at_most + 1))


def read_pieces(
    stream: Stream, failure: type[Exception], compressed: bytes, at_most: int, piece_bytes: int
) -> Iterator[bytes]:
    """Decompress as `read_whole` does, at most `piece_bytes` at a time.

    Raises as `inflate` does, but after it has yielded what comes before. If a piece may be smaller
    than `at_most` + 1, the stream must keep what it did not decompress yet, as those of zstd do.
    """
    packed, left = compressed, at_most + 1
    while not stream.eof:
        try:
            piece = stream.decompress(packed, min(left, piece_bytes))
        except failure as error:
            raise Unreadable(f"does not decompress: {error}") from None
        packed, left = b"", left - len(piece)
        if not left:
            raise Oversized(f"decompresses to more than {at_most} bytes")
        if not piece:
            break
        yield piece
    if not stream.eof or stream.unused_data:
        raise Unreadable("does not decompress: cut off, or followed by other bytes")


MAX_MEMBERS = 1_000
"""Maximum members of a gzip file. Each one costs time, however little it holds."""

_PIECE_BYTES = 64 * 1024
"""zlib copies what follows a member, so it gets no more than this at a time."""


def gunzip(compressed: bytes, at_most: int) -> bytes:
    """Decompress gzip of one or several members to at most `at_most` bytes.

    Raises Oversized when there are more. Raises Unreadable when a member is broken or cut off, when
    other bytes are between or behind members, or when there are more than MAX_MEMBERS.
    """
    plain, start = bytearray(), 0
    for _ in range(MAX_MEMBERS):
        stream = zlib.decompressobj(GZIP)
        while not stream.eof:
            piece = compressed[start : start + _PIECE_BYTES]
            try:
                plain += stream.decompress(piece, at_most + 1 - len(plain))
            except zlib.error as error:
                raise Unreadable(f"does not decompress: {error}") from None
            if len(plain) > at_most:
                raise Oversized(f"decompresses to more than {at_most} bytes")
            if not piece:
                raise Unreadable("does not decompress: cut off")
            start += len(piece) - len(stream.unused_data)
        if start == len(compressed):
            return bytes(plain)
    raise Unreadable(f"has more than {MAX_MEMBERS} members")
