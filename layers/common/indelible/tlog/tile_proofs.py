"""Proofs from a tree's tiles, which read a few of them and no leaf."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache

from ..errors import Unreadable
from .compact_range import CompactRange
from .merkle import HASH_BYTES, consistency_parts, inclusion_parts, root_of
from .tiles import TILE_HEIGHT, TILE_WIDTH, split_hashes, tile_path

ReadTile = Callable[[int, int, int], bytes]
"""Reads a tile by level, number and width: `width * 32` bytes."""

TileName = tuple[int, int, int]
"""The level, number and width of a tile."""


def inclusion_path(
    index: int, size: int, read_tile: ReadTile, tree: CompactRange | None = None
) -> list[bytes]:
    """The path from a leaf to the root of the tree of `size` leaves, from its tiles.

    Reads one tile a level at most. Without `tree`, the compact range of this tree, it also reads
    the last tile of each level.

    Raises ValueError when there is no leaf at this index, and Unreadable when a tile does not have
    `width * 32` bytes.
    """
    return part_roots(inclusion_parts(index, size), size, read_tile, tree)


def consistency_path(
    old_size: int, size: int, read_tile: ReadTile, tree: CompactRange | None = None
) -> list[bytes]:
    """The hashes that show that the tree of `old_size` leaves has only grown to `size`, from tiles.

    Reads as few tiles as `inclusion_path` does. `tree` is the compact range of the tree of `size`
    leaves, if it is known. Raises ValueError when `old_size` is greater than `size`, and Unreadable
    as `inclusion_path` does.
    """
    return part_roots(consistency_parts(old_size, size), size, read_tile, tree)


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
    roots = part_roots(left + right, size, read_tile, tree)
    return roots[: len(left)], roots[len(left) :]


def part_roots(
    parts: Sequence[range], size: int, read_tile: ReadTile, tree: CompactRange | None
) -> list[bytes]:
    """The root of each of these parts of the tree of `size` leaves, from its tiles.

    A part is what `inclusion_parts` returns, or a perfect subtree. Reads and raises as
    `inclusion_path` does.
    """

    @cache
    def hashes_of(level: int, number: int, width: int) -> list[bytes]:
        tile = read_tile(level, number, width)
        if len(tile) != width * HASH_BYTES:
            path = tile_path(level, number, width)
            raise Unreadable(f"{path} has {len(tile)} bytes and must have {width * HASH_BYTES}.")
        return split_hashes(tile)

    def subtree_root(leaves: range) -> bytes:
        level, height = _level_of(leaves)
        first = (leaves.start >> TILE_HEIGHT * level) % TILE_WIDTH
        return root_of(hashes_of(*_tile_with(leaves, size))[first : first + (1 << height)])

    def subtrees(part: range) -> tuple[bytes, ...]:
        if tree is not None and _ends_compact_range(part, size):
            return tree.hashes[-len(part).bit_count() :]
        return tuple(subtree_root(leaves) for leaves in _perfect(part))

    if tree is not None and tree.size != size:
        raise ValueError(f"the compact range is of {tree.size} leaves and the proof of {size}")
    return [CompactRange(len(part), subtrees(part)).root for part in parts]


def tiles_for(parts: Iterable[range], size: int) -> set[TileName]:
    """The tiles that `part_roots` reads for these parts if it has the compact range."""
    return {
        _tile_with(leaves, size)
        for part in parts
        if not _ends_compact_range(part, size)
        for leaves in _perfect(part)
    }


def _tile_with(leaves: range, size: int) -> TileName:
    """The tile that has the hashes of a perfect subtree."""
    level, _ = _level_of(leaves)
    number = leaves.start >> TILE_HEIGHT * (level + 1)
    return level, number, min(TILE_WIDTH, (size >> TILE_HEIGHT * level) - number * TILE_WIDTH)


def _level_of(leaves: range) -> tuple[int, int]:
    """The level of the tile that has the hashes of a perfect subtree, and the height above it."""
    return divmod(len(leaves).bit_length() - 1, TILE_HEIGHT)


def _ends_compact_range(part: range, size: int) -> bool:
    """Whether the perfect subtrees of this part are the last ones of the whole tree, too."""
    return part.stop == size and len(part) < part.start & -part.start


def _perfect(part: range) -> Iterator[range]:
    """The leaves of each perfect subtree of a part, the largest (leftmost) first."""
    while part:
        width = 1 << len(part).bit_length() - 1
        yield part[:width]
        part = part[width:]
