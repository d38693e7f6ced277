"""Dated blocks: which records of a chain may have happened between two times.

Directories have the times of their blocks (`occurred.py`). They are read a window at a time, as
their blocks are asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import groupby

from ..chain.order import Order
from ..errors import Unreadable
from ..times import SECOND
from .directory import decode_directory
from .levels import Geometry
from .occurred import bits_within
from .offsets import all_of
from .ports import Index
from .stretches import Stretch

WINDOW = 512
"""Directories read together, those of two million events: about half of what a call returns."""


@dataclass(slots=True)
class Dated:
    """The blocks of one chain. `times` has two times in microseconds, both inclusive."""

    index: Index
    workspace_id: str
    times: tuple[int, int]
    last_block: int
    _windows: dict[int, dict[int, int]] = field(default_factory=dict)
    _uncounted: int = 0
    """The size of the directories that were read since `take_stored_bytes`."""

    def of_block(self, block: int) -> int | None:
        """Return the records of a narrow block that may be of these times, as bits.

        None if the block has no readable directory. Raises Unavailable.
        """
        window = block // WINDOW
        if window not in self._windows:
            self._windows[window] = self._read(window)
        return self._windows[window].get(block)

    def of_blocks(self, blocks: Sequence[int]) -> int:
        """Return the same for neighbouring blocks, which have directories, highest first."""
        bits, span = 0, self.index.geometry.narrow.span
        for block in blocks:
            bits = bits << span | (self.of_block(block) or 0)
        return bits

    def take_stored_bytes(self) -> int:
        """Return the size of the directories that were read since the last call."""
        taken, self._uncounted = self._uncounted, 0
        return taken

    def _read(self, window: int) -> dict[int, int]:
        span = self.index.geometry.narrow.span
        first, last = (time // SECOND for time in self.times)
        begin = window * WINDOW
        end = min(begin + WINDOW - 1, self.last_block)
        found = dict[int, int]()
        for block, stored in self.index.directories(self.workspace_id, begin, end):
            self._uncounted += len(stored)
            with suppress(Unreadable):
                occurred = decode_directory(stored, span).occurred
                found[block] = bits_within(occurred, span, first, last)
        return found


def of_times(
    stretches: Iterable[Stretch], dated: Dated, geometry: Geometry, order: Order
) -> Iterator[Stretch]:
    """Yield the stretches, each in one wide block, without the records of other times.

    Where a block has no readable directory, nothing is left out. The index is never sure of a
    record's time, so it is sure of none.
    """
    narrow = geometry.narrow

    def part_of(block: int) -> tuple[int, bool]:
        return block // geometry.narrow_in_wide, dated.of_block(block) is None

    for stretch in stretches:
        whole = range(narrow.block_of(stretch.first), narrow.block_of(stretch.last) + 1)
        stored_bytes = stretch.stored_bytes
        for (_, is_undated), part in groupby(order.arrange(whole), part_of):
            blocks = sorted(part)
            begin = narrow.first_sequence(blocks[0])
            of_part = stretch.within((begin, narrow.first_sequence(blocks[-1] + 1) - 1))
            bits = of_part.bits
            if not is_undated:
                dates = dated.of_blocks(blocks[::-1]) >> (of_part.first - begin)
                dates &= all_of(of_part.last - of_part.first + 1)
                bits = dates if bits is None else bits & dates
            stored_bytes += dated.take_stored_bytes()
            yield Stretch(of_part.first, of_part.last, bits, 0, stored_bytes)
            stored_bytes = 0
