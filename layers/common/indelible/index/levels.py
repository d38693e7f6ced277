"""Levels: how the index cuts a chain into blocks, and each block into pages.

Block b of a level with span S is about the sequences b * S + 1 to (b + 1) * S. The terms of a block
are dealt over the level's pages by their hash.
"""

from __future__ import annotations

from dataclasses import dataclass

NUMBER_BITS = 36
"""Of the number that stands for a term."""

SHORT_BITS = 32
"""Of the part of it that is kept inside a page: the last ones."""

LAST_BLOCK = 10**10 - 1
"""A block's number has ten digits in the key of what is stored of it."""


def short_of(number: int) -> int:
    """The part of a term's number that is kept inside a page."""
    return number & ((1 << SHORT_BITS) - 1)


@dataclass(frozen=True, slots=True)
class Level:
    """The blocks of one size. The first `shard_bits` of a term's number say in which page it is."""

    number: int
    span: int
    shard_bits: int

    @property
    def shards(self) -> int:
        """How many pages a block has."""
        return 1 << self.shard_bits

    def shard_of(self, number: int) -> int:
        """In which page of each block a term is, by its number."""
        return number >> (NUMBER_BITS - self.shard_bits)

    def block_of(self, sequence: int) -> int:
        """The block that a sequence is in."""
        return (sequence - 1) // self.span

    def first_sequence(self, block: int) -> int:
        """The first sequence of a block."""
        return block * self.span + 1


NARROW = Level(0, 4_096, 4)
WIDE = Level(1, 65_536, 8)
"""Two levels, as in a merge tree: narrow blocks follow the head closely, wide ones make few pages
to walk. A page of a wide block is merged from one page of each narrow block in it, since both deal
the terms by the first bits of the same number."""

NARROW_IN_WIDE = WIDE.span // NARROW.span
