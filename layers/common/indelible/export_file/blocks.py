"""The lines of an export file, read in blocks: gzip of one or several members, or plain."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Protocol

from ..bounded_inflate import GZIP
from ..errors import Unreadable

MAX_LINE_BYTES = 1024 * 1024
"""Maximum size of a line: four times the largest record that the writer makes."""

_MAGIC = b"\x1f\x8b"
"""How gzip begins. A manifest begins with a brace."""

_PACKED_BYTES = 64 * 1024
_BLOCK_BYTES = 128 * 1024
"""Larger blocks would not stay in the processor's cache from one check to the next."""


class Readable(Protocol):
    """What the bytes of a file are read from."""

    def read(self, size: int, /) -> bytes:
        """Up to `size` bytes; none at the end."""


def read_blocks(stream: Readable) -> Iterator[bytes]:
    """Yield the lines of a file in blocks of whole lines, one of which is in memory at a time.

    Raises Unreadable where the file is damaged or cut off, or a line is too long, after it has
    yielded everything before.
    """
    rest = b""
    begin = stream.read(_PACKED_BYTES)
    pieces = _inflated(begin, stream) if begin.startswith(_MAGIC) else _plain(begin, stream)
    for piece in pieces:
        end = piece.rfind(b"\n") + 1
        if end:
            yield rest + memoryview(piece)[:end]
        rest = piece[end:] if end else rest + piece
        if len(rest) > MAX_LINE_BYTES:
            raise Unreadable("a line is longer than any line of an export")
    if rest:
        raise Unreadable("the last line is cut off")


def _plain(begin: bytes, stream: Readable) -> Iterator[bytes]:
    """Yield the content of a file that was unpacked, as browsers do by themselves."""
    piece = begin
    while piece:
        yield piece
        piece = stream.read(_BLOCK_BYTES)


def _inflated(begin: bytes, stream: Readable) -> Iterator[bytes]:
    """Yield the content of the gzip members, one after the other (RFC 1952, section 2.2)."""
    member, packed = None, begin
    while packed := packed or stream.read(_PACKED_BYTES):
        member = member or zlib.decompressobj(GZIP)
        try:
            piece = member.decompress(packed, _BLOCK_BYTES)
        except zlib.error as error:
            raise Unreadable(f"does not decompress: {error}") from None
        if piece:
            yield piece
        packed = member.unused_data if member.eof else member.unconsumed_tail
        if member.eof:
            member = None
    if member:
        raise Unreadable("the file is cut off")
