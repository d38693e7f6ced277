"""Starts: where the segments of a narrow block begin, so that many can be fetched by their keys.

They only save queries. A start may be wrong, because somebody else may have written it or the
segments may have changed. So readers check each segment that they fetch, and ask the chain itself
where none of them has the record.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from .levels import Level
from .offsets import all_of, bits_of

_BEFORE_BYTES = 2


class Starts(NamedTuple):
    """The segments that hold the records of a block, by where they begin.

    `bits` has a bit for each offset in the block at which a segment begins. `before` is how many
    records before the block the segment begins that holds its first records; 0 if none does.
    """

    before: int
    bits: int

    def of_offset(self, offset: int) -> int | None:
        """Return the offset at which its segment should begin; below 0 is before the block."""
        passed = self.bits & all_of(offset + 1)
        if passed:
            return passed.bit_length() - 1
        return -self.before if self.before else None


NO_STARTS = Starts(0, 0)


def starts_of(first_sequences: Iterable[int], narrow: Level, block: int, longest: int) -> Starts:
    """Return the starts of a block from the first sequences of its segments.

    A segment that begins `longest` records or more before the block is not the writer's, and is
    left out.
    """
    begin = narrow.first_sequence(block)
    offsets = [first - begin for first in first_sequences]
    before = min((-each for each in offsets if -longest < each < 0), default=0)
    return Starts(before, bits_of([at for at in offsets if 0 <= at < narrow.span], narrow.span))


def encode_starts(starts: Starts, span: int) -> bytes:
    """Encode the starts of a block: `before` in 2 bytes, then the bits, a byte for 8 sequences."""
    return starts.before.to_bytes(_BEFORE_BYTES) + starts.bits.to_bytes(span // 8)


def size_of_starts(span: int) -> int:
    """Return the bytes of the encoded starts of a block."""
    return _BEFORE_BYTES + span // 8


def decode_starts(plain: bytes) -> Starts:
    """Decode starts; `plain` has their size. No bytes of that size are invalid."""
    before, bits = plain[:_BEFORE_BYTES], plain[_BEFORE_BYTES:]
    return Starts(int.from_bytes(before), int.from_bytes(bits))
