"""Levels: how an index cuts a chain into blocks, and each block into pages.

Block b of a level with span S covers the sequences b * S + 1 to (b + 1) * S. The terms of a block
are spread over its pages by their hash.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..chain.segment import MAX_RECORDS

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


@dataclass(frozen=True, slots=True)
class Geometry:
    """The sizes of an index. Whatever builds, reads or checks an index uses the same ones.

    Narrow blocks follow the head closely, wide blocks need fewer reads, as in a merge tree. A page
    of a wide block is merged from one page of each of its narrow blocks, because both levels select
    the shard by the highest bits of the same number. So `wide.span` is a multiple of `narrow.span`,
    and `wide.shards` of `narrow.shards`.
    """

    narrow: Level = Level(0, 4_096, 4)
    wide: Level = Level(1, 65_536, 8)

    near: int = 1_024
    """Records. A record farther than this after the first record of its id's time is *displaced*.

    That happens only to an event that waited while this many others were chained. The id of a
    displaced record is a term. All other records are found by the time in their id."""

    apart: int = 128
    """Minimum number of records between landmarks: about 500 bytes for 10,000 events."""

    slice_records: int = 128
    """Records of a slice, of which the directory has the earliest and the latest event."""

    chunk: int = 1_024
    """Sequences per chunk. Each chunk either names its candidates or is read whole."""

    max_named: int = 16
    """Candidates named per chunk, at most.

    Each candidate may need a read of its own; beyond this, reading sequentially is faster."""

    segment_records: int = MAX_RECORDS
    """Records of a segment that are indexed, at most. The writer makes no larger segments."""

    @property
    def narrow_in_wide(self) -> int:
        """Number of narrow blocks in a wide one."""
        return self.wide.span // self.narrow.span

    @property
    def wide_shards_in_narrow(self) -> int:
        """Number of pages of a wide block that are merged from one page of each narrow block."""
        return self.wide.shards // self.narrow.shards


GEOMETRY = Geometry()
"""The geometry of every index that is stored. Others are for tests."""
