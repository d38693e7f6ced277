"""A tree in a few hashes: enough to extend it and to compute its root, without its leaves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .merkle import EMPTY_ROOT, node_hash, parents


@dataclass(frozen=True, slots=True)
class CompactRange:
    """A tree of RFC 6962 as the roots of its perfect subtrees, the largest (leftmost) first.

    There is one subtree for each bit that is set in `size`: a tree of 11 leaves is subtrees of 8, 2
    and 1. `hashes` has 32 bytes each.
    """

    size: int
    hashes: tuple[bytes, ...]

    def __post_init__(self) -> None:
        if self.size < 0 or len(self.hashes) != self.size.bit_count():
            raise ValueError(f"a tree of {self.size} leaves has not {len(self.hashes)} subtrees")

    @property
    def root(self) -> bytes:
        """The tree's root; `EMPTY_ROOT` without leaves."""
        if not self.hashes:
            return EMPTY_ROOT
        *larger, node = self.hashes
        for subtree in reversed(larger):
            node = node_hash(subtree, node)
        return node

    def extended(self, leaf_hashes: Sequence[bytes]) -> CompactRange:
        """This tree with more leaves after its last. Hashes each new node once, row by row."""
        waiting = list(self.hashes)
        left = self.size
        row = list(leaf_hashes)
        smallest_first = []
        while row or waiting:
            if left & 1:
                row.insert(0, waiting.pop())
            if len(row) & 1:
                smallest_first.append(row[-1])
            row = parents(row)
            left >>= 1
        return CompactRange(self.size + len(leaf_hashes), tuple(reversed(smallest_first)))


EMPTY_RANGE = CompactRange(0, ())
"""The tree without leaves."""
