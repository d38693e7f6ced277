"""The lines of an export file, read in blocks from gzip of one or several members."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from typing import BinaryIO

import msgspec

from .errors import Unreadable
from .export_file import Sequence
from .inflate import GZIP

MAX_LINE_BYTES = 1024 * 1024
"""Four times what a record of ours takes."""

_PACKED_BYTES = 64 * 1024
_BLOCK_BYTES = 128 * 1024
"""More would not stay in a processor's cache from one check to the next."""


class Line(msgspec.Struct, gc=False):
    """A line after the first: a record's, or in the place of a segment that was unreadable."""

    leaf_hash: str = ""
    record: str | None = None
    event_hash: str | None = None
    unreadable: str | None = None
    sequence: Sequence | None = None
    last_sequence: Sequence | None = None


_decoder = msgspec.json.Decoder(Line)


def read_lines(block: bytes) -> list[Line]:
    """The lines of a block. Unreadable when one is none."""
    try:
        return _decoder.decode_lines(block)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise Unreadable(f"not a line of an export: {error}") from None


def read_line(text: bytes) -> Line:
    """One line, also when its record is not UTF-8: msgspec refuses unpaired surrogates."""
    try:
        return _decoder.decode(text)
    except msgspec.ValidationError as error:
        raise Unreadable(f"not a line of an export: {error}") from None
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return _read_slowly(text)


def _read_slowly(text: bytes) -> Line:
    try:
        return msgspec.convert(json.loads(text), Line)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise Unreadable(f"not a line of an export: {error}") from None


def read_blocks(stream: BinaryIO) -> Iterator[bytes]:
    """Blocks of whole lines; memory holds one, whatever the file decompresses to.

    Unreadable where the file is damaged, cut off, or a line is too long; all before it is yielded.
    """
    rest = b""
    for piece in _inflated(stream):
        end = piece.rfind(b"\n") + 1
        if end:
            yield rest + piece[:end]
        rest = piece[end:] if end else rest + piece
        if len(rest) > MAX_LINE_BYTES:
            raise Unreadable("a line is longer than any of an export")
    if rest:
        raise Unreadable("the last line is cut off")


def _inflated(stream: BinaryIO) -> Iterator[bytes]:
    """What the members hold, one after the other (RFC 1952, section 2.2)."""
    member, packed = None, b""
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
