"""Tiles: the hashes of a tree in pieces that never change (c2sp.org/tlog-tiles).

A full tile has 256 hashes side by side. At level 0 these are leaf hashes. At a level above, each is
the root of a full tile of the level below. The last tile of a level may be partial: it has the
hashes that do not fill a tile yet.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import Unreadable
from .compact_range import EMPTY_RANGE, CompactRange
from .merkle import HASH_BYTES, root_of

TILE_WIDTH = 256
TILE_BYTES = TILE_WIDTH * HASH_BYTES
TILE_HEIGHT = 8
"""A full tile is a perfect subtree of this height: 2 ** 8 hashes."""
_MAX_LEVEL = 63

_PATH = re.compile(
    r"""tile/(?P<level> entries | [1-5]?[0-9] | 6[0-3] )
        /(?P<groups> (?!x000) (?: x[0-9]{3}/ ){0,6} [0-9]{3} )
        (?: \.p/(?P<width> 25[0-5] | 2[0-4][0-9] | 1[0-9][0-9] | [1-9][0-9]? ) )?""",
    re.VERBOSE,
)


def tile_path(level: int, number: int, width: int = TILE_WIDTH) -> str:
    """The path of a tile below the log's prefix: `tile/0/x001/x234/067`, partial `tile/0/003.p/7`.

    Raises ValueError when the level, the number or the width is out of range.
    """
    if not 0 <= level <= _MAX_LEVEL:
        raise ValueError(f"there is no level {level}")
    return f"tile/{level}/{_number_and_width(number, width)}"


def entries_path(number: int, width: int = TILE_WIDTH) -> str:
    """The path of the entries whose leaf hashes are in the tile of this number at level 0.

    Raises ValueError when the number or the width is out of range.
    """
    return f"tile/entries/{_number_and_width(number, width)}"


def read_tile_path(path: str) -> tuple[int | None, int, int]:
    """The level, number and width that a path names; the level is None for entries.

    Raises Unreadable for a path that `tile_path` and `entries_path` do not write.
    """
    match = _PATH.fullmatch(path)
    if match is None:
        raise Unreadable(f"This is not the path of a tile: {path!r}.")
    level, groups, width = match["level"], match["groups"], match["width"]
    return (
        None if level == "entries" else int(level),
        int(groups.replace("/", "").replace("x", "")),
        TILE_WIDTH if width is None else int(width),
    )


@dataclass(frozen=True, slots=True)
class Tile:
    """A full tile: its level, its number within the level, and its hashes, joined (8,192 bytes)."""

    level: int
    number: int
    hashes: bytes

    @property
    def root(self) -> bytes:
        """The root of the tile's hashes, which is a hash of the level above."""
        return root_of(split_hashes(self.hashes))


@dataclass(frozen=True, slots=True)
class RightEdge:
    """The unfinished tile of each level of a tree, which is enough to make its further tiles.

    `rows[level]` has the joined hashes of the unfinished tile at this level. It is empty where the
    last tile is full. There is no row above the last that has hashes. Raises ValueError when the
    rows do not fit the size.
    """

    size: int
    rows: tuple[bytes, ...]

    def __post_init__(self) -> None:
        if [len(row) for row in self.rows] != [
            HASH_BYTES * width for width in partial_widths(self.size)
        ]:
            raise ValueError(f"these are not the unfinished tiles of a tree of {self.size} leaves")

    @property
    def compact_range(self) -> CompactRange:
        """The same tree as its perfect subtrees."""
        hashes = [
            subtree
            for row in reversed(self.rows)
            for subtree in EMPTY_RANGE.extended(split_hashes(row)).hashes
        ]
        return CompactRange(self.size, tuple(hashes))

    def extended(self, leaf_hashes: Sequence[bytes]) -> tuple[RightEdge, list[Tile]]:
        """The edge after more leaves, and all tiles that are full now and were not before.

        The tiles are in the order of their levels, and within a level of their numbers.
        """
        rows: list[bytes] = []
        tiles: list[Tile] = []
        added = leaf_hashes
        while added or len(rows) < len(self.rows):
            level = len(rows)
            unfinished = self.rows[level] if level < len(self.rows) else b""
            row = b"".join([unfinished, *added])
            begun = self.size >> TILE_HEIGHT * (level + 1)
            full = [
                Tile(level, begun + number, row[number * TILE_BYTES : (number + 1) * TILE_BYTES])
                for number in range(len(row) // TILE_BYTES)
            ]
            rows.append(row[len(full) * TILE_BYTES :])
            tiles += full
            added = [tile.root for tile in full]
        return RightEdge(self.size + len(leaf_hashes), tuple(rows)), tiles


def partial_widths(size: int) -> list[int]:
    """How many hashes the unfinished tile of each level has."""
    widths = []
    while size:
        size, width = divmod(size, TILE_WIDTH)
        widths.append(width)
    return widths


EMPTY_EDGE = RightEdge(0, ())
"""The edge of a tree without leaves."""


def encode_edge(edge: RightEdge) -> bytes:
    """The unfinished tiles of level 1 and above as bytes, where level 0 ends with a full tile.

    These are the rows, level 1 first, with nothing between them: the size of the tree says how many
    hashes each has. Tile N of level 0 and this edge, of the size 256 * (N + 1), are all that is
    needed to go on from there. Raises ValueError when level 0 has an unfinished tile.
    """
    if edge.size % TILE_WIDTH:
        raise ValueError(f"a tree of {edge.size} leaves does not end with a full tile")
    return b"".join(edge.rows)


def decode_edge(encoded: bytes, size: int) -> RightEdge:
    """The edge of a tree of this size, a multiple of 256, from what `encode_edge` made of it.

    Raises Unreadable when the number of bytes does not fit the size.
    """
    lengths = [HASH_BYTES * width for width in partial_widths(size)]
    if size % TILE_WIDTH or len(encoded) != sum(lengths):
        raise Unreadable(f"{len(encoded)} bytes are not the edge of a tree of {size} leaves.")
    ends = [sum(lengths[: level + 1]) for level in range(len(lengths))]
    rows = [encoded[end - length : end] for length, end in zip(lengths, ends, strict=True)]
    return RightEdge(size, tuple(rows))


def _number_and_width(number: int, width: int) -> str:
    if number < 0 or not 1 <= width <= TILE_WIDTH:
        raise ValueError(f"there is no tile {number} of {width} hashes")
    return _groups(number) if width == TILE_WIDTH else f"{_groups(number)}.p/{width}"


def _groups(number: int) -> str:
    """A number in groups of three digits: 1234067 is `x001/x234/067`."""
    *before, last = (group.zfill(3) for group in f"{number:,}".split(","))
    return "/".join([*(f"x{group}" for group in before), last])


def split_hashes(joined: bytes) -> list[bytes]:
    """Each of the hashes that are joined."""
    return [joined[start : start + HASH_BYTES] for start in range(0, len(joined), HASH_BYTES)]
