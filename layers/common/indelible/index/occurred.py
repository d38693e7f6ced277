"""Occurred times: when the events of each slice of a block happened, so that lists skip slices.

A slice is a run of records of a block. Its earliest and latest event say whether it may hold an
event of a time, to the second. One event with a strange time widens only its own slice.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

from ..errors import Unreadable
from ..times import EARLIEST, LATEST, SECOND
from .columns import SIGNED_8, distances, read_column, write_column
from .offsets import all_of

_COUNT_BYTES, _NUMBER_BYTES = 2, 8
_SHAPE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}", re.ASCII)
_TO_SECOND = len("2026-11-23T20:23:08")


class Slice(NamedTuple):
    """The seconds of the earliest and the latest event of a slice, since 1970."""

    first: int
    last: int


ALWAYS = Slice(EARLIEST // SECOND, LATEST // SECOND)
"""The slice of which not every event has a time that can be read: it may hold any."""

Slices = tuple[Slice, ...]
"""The slices of a block, all of one size. Without any, nothing is known of the block."""


def second_of(happened_at: str) -> int | None:
    """Return the second, since 1970, of what `Selectable.happened_at` returns; None if invalid.

    Filters compare texts. So only a text that sorts in the order of time has a second.
    """
    if _SHAPE.fullmatch(happened_at) is None:
        return None
    return _second(happened_at[:_TO_SECOND])


@lru_cache(maxsize=4_096)
def _second(text: str) -> int | None:
    try:
        return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())
    except ValueError:
        return None


def slices_of(seconds: Mapping[int, int], span: int, size: int) -> Slices:
    """Return the slices of a block of `span` records. `seconds` has the second of each offset."""
    return tuple(_slice_of(seconds, range(begin, begin + size)) for begin in range(0, span, size))


def _slice_of(seconds: Mapping[int, int], offsets: range) -> Slice:
    known = [seconds[offset] for offset in offsets if offset in seconds]
    return Slice(min(known), max(known)) if len(known) == len(offsets) else ALWAYS


def bits_within(slices: Slices, span: int, first: int, last: int) -> int:
    """Return the records, as bits, that may have happened between two seconds, both inclusive."""
    if not slices:
        return all_of(span)
    size, bits = span // len(slices), 0
    for place, each in enumerate(slices):
        if each.first <= last and first <= each.last:
            bits |= all_of(size) << place * size
    return bits


def hidden_by_slices(found: Slices, seconds: Mapping[int, int], span: int) -> int:
    """Return the number of records of a block that `found` wrongly leaves out for some time.

    `seconds` has the second of each offset. A record without one must be in ALWAYS.
    """
    if not found:
        return 0
    size, hidden = span // len(found), 0
    for offset in range(span):
        each, second = found[offset // size], seconds.get(offset)
        is_covered = each == ALWAYS if second is None else each.first <= second <= each.last
        hidden += not is_covered
    return hidden


def encode_slices(slices: Slices) -> bytes:
    """Encode slices: their number in 2 bytes, their first seconds, then how much later the last is.

    Each second is a signed 8-byte big-endian integer; the first ones as the difference to the one
    before.
    """
    firsts = write_column(SIGNED_8, distances(each.first for each in slices))
    lengths = write_column(SIGNED_8, (each.last - each.first for each in slices))
    return len(slices).to_bytes(_COUNT_BYTES) + firsts + lengths


def decode_slices(plain: bytes, span: int) -> tuple[Slices, bytes]:
    """Decode the slices of a block with `span` records at the beginning of `plain`.

    Returns them and the bytes that follow. Raises Unreadable.
    """
    count = int.from_bytes(plain[:_COUNT_BYTES])
    middle = _COUNT_BYTES + count * _NUMBER_BYTES
    end = middle + count * _NUMBER_BYTES
    if len(plain) < max(end, _COUNT_BYTES) or (count and span % count):
        raise Unreadable("a directory of the index is cut off")
    firsts = [*accumulate(read_column(SIGNED_8, plain[_COUNT_BYTES:middle]))]
    lengths = read_column(SIGNED_8, plain[middle:end])
    slices = _checked([Slice(at, at + by) for at, by in zip(firsts, lengths, strict=True)])
    return slices, plain[end:]


def _checked(slices: Sequence[Slice]) -> Slices:
    if not all(ALWAYS.first <= each.first <= each.last <= ALWAYS.last for each in slices):
        raise Unreadable("a directory of the index has a time that no event can have")
    return tuple(slices)
