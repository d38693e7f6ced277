"""A tree in a few hashes: enough to extend it and to compute its root, without its leaves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..errors import WrongProof
from .merkle import EMPTY_ROOT, HASH_BYTES, node_hash, parents


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

    def root_with(self, size: int, right: Sequence[bytes]) -> bytes:
        """The root of the tree of `size` leaves that begins with this one.

        `right` has the hashes of the parts right of it, from the leaf level up: those of the
        inclusion path of its last leaf that stand on the right. Raises WrongProof when no tree of
        this size has such parts.
        """
        if not 0 < self.size <= size:
            raise WrongProof(f"A tree of {size} leaves does not begin with {self.size} leaves.")
        if any(len(each) != HASH_BYTES for each in (*self.hashes, *right)):
            raise WrongProof(f"A hash of the tree does not have {HASH_BYTES} bytes.")
        beside = iter(right)
        try:
            root = _root_with(self, size, beside)
        except StopIteration:
            raise WrongProof("A hash right of the leaves is missing.") from None
        if next(beside, None) is not None:
            raise WrongProof("There are too many hashes right of the leaves.")
        return root


def _root_with(tree: CompactRange, size: int, right: Iterator[bytes]) -> bytes:
    if tree.size == size:
        return tree.root
    half = 1 << (size - 1).bit_length() - 1
    if tree.size <= half:
        return node_hash(_root_with(tree, half, right), next(right))
    rest = CompactRange(tree.size - half, tree.hashes[1:])
    return node_hash(tree.hashes[0], _root_with(rest, size - half, right))


EMPTY_RANGE = CompactRange(0, ())
"""The tree without leaves."""
