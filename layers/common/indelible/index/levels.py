"""Levels: how the index cuts a chain into blocks, and each block into pages.

Block b of a level with span S covers the sequences b * S + 1 to (b + 1) * S. The terms of a block
are spread over its pages by their hash.
"""

from __future__ import annotations

from dataclasses import dataclass

NUMBER_BITS = 36
"""Bits of the number that stands for a term."""

SHORT_BITS = 32
"""Bits of that number that a page stores: the lowest ones."""

LAST_BLOCK = 10**10 - 1
"""The largest block number: keys have ten digits for it."""


def short_of(number: int) -> int:
    """Return the part of a term's number that a page stores."""
    return number & ((1 << SHORT_BITS) - 1)


@dataclass(frozen=True, slots=True)
class Level:
    """The blocks of one size.

    `span` is the number of sequences in a block. The highest `shard_bits` of a term's number
    select the page (the shard) of the block.
    """

    number: int
    span: int
    shard_bits: int

    @property
    def shards(self) -> int:
        """The number of pages in a block."""
        return 1 << self.shard_bits

    def shard_of(self, number: int) -> int:
        """Return the shard that holds the term with this number."""
        return number >> (NUMBER_BITS - self.shard_bits)

    def block_of(self, sequence: int) -> int:
        """Return the block that contains a sequence."""
        return (sequence - 1) // self.span

    def first_sequence(self, block: int) -> int:
        """Return the first sequence of a block."""
        return block * self.span + 1


NARROW = Level(0, 4_096, 4)
WIDE = Level(1, 65_536, 8)
"""Two levels, as in a merge tree: narrow blocks follow the head closely, wide blocks need fewer
reads. A page of a wide block is merged from one page of each of its narrow blocks, because both
levels select the shard by the highest bits of the same number."""

NARROW_IN_WIDE = WIDE.span // NARROW.span
