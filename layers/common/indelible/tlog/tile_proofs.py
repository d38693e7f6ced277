"""Proofs from a tree's tiles, which read a few of them and no leaf."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache

from ..errors import Unreadable
from .compact_range import CompactRange
from .merkle import HASH_BYTES, consistency_parts, inclusion_parts, root_of
from .tiles import TILE_HEIGHT, TILE_WIDTH, split_hashes, tile_path

ReadTile = Callable[[int, int, int], bytes]
"""Reads a tile by level, number and width: `width * 32` bytes."""


def inclusion_path(
    index: int, size: int, read_tile: ReadTile, tree: CompactRange | None = None
) -> list[bytes]:
    """The path from a leaf to the root of the tree of `size` leaves, from its tiles.

    Reads one tile a level at most. Without `tree`, the compact range of this tree, it also reads
    the last tile of each level.

    Raises ValueError when there is no leaf at this index, and Unreadable when a tile does not have
    `width * 32` bytes.
    """
    return _roots(inclusion_parts(index, size), size, read_tile, tree)


def consistency_path(
    old_size: int, size: int, read_tile: ReadTile, tree: CompactRange | None = None
) -> list[bytes]:
    """The hashes that show that the tree of `old_size` leaves has only grown to `size`, from tiles.

    Reads as few tiles as `inclusion_path` does. `tree` is the compact range of the tree of `size`
    leaves, if it is known. Raises ValueError when `old_size` is greater than `size`, and Unreadable
    as `inclusion_path` does.
    """
    return _roots(consistency_parts(old_size, size), size, read_tile, tree)


def hashes_beside(
    leaves: range, size: int, read_tile: ReadTile, tree: CompactRange | None = None
) -> tuple[list[bytes], list[bytes]]:
    """The hashes left and right of these leaves, with which they give the root of the tree.

    Those on the left are the subtrees of the compact range of the leaves before. Those on the right
    are what `CompactRange.root_with` takes. Reads two tiles a level at most, and as few as
    `inclusion_path` does. There is one leaf at least. Raises as `inclusion_path` does.
    """
    left = [*_perfect(range(leaves.start))]
    right = [part for part in inclusion_parts(leaves[-1], size) if part.start >= leaves.stop]
    roots = _roots(left + right, size, read_tile, tree)
    return roots[: len(left)], roots[len(left) :]


def _roots(
    parts: list[range], size: int, read_tile: ReadTile, tree: CompactRange | None
) -> list[bytes]:
    """The root of each of these parts of a tree."""

    @cache
    def hashes_of(level: int, number: int) -> list[bytes]:
        width = min(TILE_WIDTH, (size >> TILE_HEIGHT * level) - number * TILE_WIDTH)
        tile = read_tile(level, number, width)
        if len(tile) != width * HASH_BYTES:
            path = tile_path(level, number, width)
            raise Unreadable(f"{path} has {len(tile)} bytes and must have {width * HASH_BYTES}.")
        return split_hashes(tile)

    def subtree_root(leaves: range) -> bytes:
        level, height = divmod(len(leaves).bit_length() - 1, TILE_HEIGHT)
        number, first = divmod(leaves.start >> TILE_HEIGHT * level, TILE_WIDTH)
        return root_of(hashes_of(level, number)[first : first + (1 << height)])

    def subtrees(part: range) -> tuple[bytes, ...]:
        if tree is not None and _ends_compact_range(part, size):
            return tree.hashes[-len(part).bit_count() :]
        return tuple(subtree_root(leaves) for leaves in _perfect(part))

    if tree is not None and tree.size != size:
        raise ValueError(f"the compact range is of {tree.size} leaves and the proof of {size}")
    return [CompactRange(len(part), subtrees(part)).root for part in parts]


def _ends_compact_range(part: range, size: int) -> bool:
    """Whether the perfect subtrees of this part are the last ones of the whole tree, too."""
    return part.stop == size and len(part) < part.start & -part.start


def _perfect(part: range) -> Iterator[range]:
    """The leaves of each perfect subtree of a part, the largest (leftmost) first."""
    while part:
        width = 1 << len(part).bit_length() - 1
        yield part[:width]
        part = part[width:]
