"""Reads the lines of an export file after its manifest."""

from __future__ import annotations

import re
from binascii import unhexlify
from collections.abc import Iterator
from io import BytesIO
from itertools import compress, repeat
from operator import itemgetter, ne
from typing import NamedTuple

import msgspec

from ..chain.hashes import split_hashes
from ..encoding import read_json
from ..errors import Unreadable
from .lines import DamageLine

_RECORD_LINE = re.compile(
    rb'\{"leaf_hash":"([0-9a-f]{64})"(?:,"event_hash":"([0-9a-f]{64})")?'
    rb'(?:,"record":(\{.*\}))?\}'
)

_AROUND = (b'{"leaf_hash":"', b'","record":{', b"}}\n")
"""What a line has before, between and after its leaf hash and its record, if it has no event hash.

The braces of the record are a part of it."""

_around = itemgetter(slice(0, 14), slice(78, 90), slice(-3, None))
_leaf, _record = itemgetter(slice(14, 78)), itemgetter(slice(89, -2))
"""The parts of such a line. Getters take less time than slices."""


class RecordLine(NamedTuple):
    """The line of a record. Hashes are in hex.

    `event_hash` is b"" except for the last record of a segment. `record` is b"" if it is left out.
    """

    leaf_hash: bytes
    event_hash: bytes
    record: bytes


class RecordLines(NamedTuple):
    """Consecutive lines of records, with a leaf hash and a record for each. Hashes are bytes.

    A record that is left out is None. `event_hashes` maps the index of the last record of each
    segment to its event hash.
    """

    records: list[bytes | None]
    leaf_hashes: list[bytes]
    event_hashes: dict[int, bytes]


class BadLine(NamedTuple):
    """A line that cannot be read, and the reason. No export has such lines."""

    reason: str


_decode_damage = msgspec.json.Decoder(DamageLine).decode


def read_lines(block: bytes) -> Iterator[RecordLines | DamageLine | BadLine]:
    """Yield the lines of a block: consecutive lines of records together, other lines alone."""
    together = read_record_lines(block)
    if together is not None:
        yield together
        return
    lines = list[RecordLine]()
    for text in block.removesuffix(b"\n").split(b"\n"):
        line = _read_any(text)
        if isinstance(line, RecordLine):
            lines.append(line)
            continue
        if lines:
            yield _in_columns(lines)
            lines = []
        yield line
    if lines:
        yield _in_columns(lines)


def read_record_lines(block: bytes) -> RecordLines | None:
    """The lines of a block, if all of them are lines of records. None if one is not.

    It reads what `read_line` reads, four times as fast: nearly all lines are cut at fixed places.
    """
    lines = BytesIO(block).readlines()
    digits, records = b"".join(map(_leaf, lines)), list[bytes | None](map(_record, lines))
    event_hashes = dict[int, bytes]()
    others = map(ne, map(_around, lines), repeat(_AROUND))
    for index in compress(range(len(lines)), others):
        match = _RECORD_LINE.fullmatch(lines[index][:-1])
        if match is None:
            return None
        _, event_hash, records[index] = match.groups()
        if event_hash:
            event_hashes[index] = unhexlify(event_hash)
    leaf_hashes = _unhexlify_lower(digits)
    if leaf_hashes is None:
        return None
    return RecordLines(records, split_hashes(leaf_hashes), event_hashes)


def _unhexlify_lower(digits: bytes) -> bytes | None:
    """The bytes, or None if they are not written in lower-case hex."""
    try:
        plain = unhexlify(digits)
    except ValueError:
        return None
    return plain if digits.lower() == digits else None


def _in_columns(lines: list[RecordLine]) -> RecordLines:
    return RecordLines(
        [line.record or None for line in lines],
        [unhexlify(line.leaf_hash) for line in lines],
        {n: unhexlify(line.event_hash) for n, line in enumerate(lines) if line.event_hash},
    )


def _read_any(line: bytes) -> RecordLine | DamageLine | BadLine:
    try:
        return read_line(line)
    except Unreadable as error:
        return BadLine(str(error))


def read_line(line: bytes) -> RecordLine | DamageLine:
    """Read a line without its line feed. Raises Unreadable if it is not a valid line."""
    match = _RECORD_LINE.fullmatch(line)
    if match:
        return RecordLine(*match.groups(default=b""))
    if line.endswith(b"\r"):
        raise Unreadable("a line ends with CR LF, so a program has changed the file's line ends")
    return read_json(_decode_damage, line, "a line of an export")
