"""Deliberate bugs in covering chains: their segments, their rows and their tiles."""

from __future__ import annotations

from indelible.covering import cover, cover_all, new_segments, put_tiles, tile_edge

from ..mutation import bug
from .promises import Promise

FOLLOWS, TILES, COVERED, CALM = Promise.FOLLOWS, Promise.TILES, Promise.COVERED, Promise.CALM

CHAIN_BUGS = [
    bug(
        "another tile of a workspace is taken for the same",
        put_tiles.put_tile,
        ("store.read(tile.key) == tile.content", "True"),
        breaks={TILES},
    ),
    bug(
        "a covered workspace begins with epoch 0 again",
        cover.cover,
        ("        before,\n        tree", "        before,\n        epoch=0,\n        tree"),
        breaks={CALM, COVERED},
    ),
    bug(
        "a size is not the end of a segment",
        cover.cover,
        ("leaves += outcome.leaves", "leaves += outcome.leaves[: max(1, segment.count - 1)]"),
        breaks={FOLLOWS},
    ),
    bug(
        "the edge above is that of an older tile",
        tile_edge._read_above,
        ("path = tile_path(0, start // TILE_WIDTH - 1)", "path = tile_path(0, 0)"),
        breaks={COVERED},
    ),
    bug(
        "the edge behind a tile is that before it",
        put_tiles.new_tiles,
        (
            "        edge, tiles = edge.extended(leaves[start:end])\n",
            "        old = edge\n        edge, tiles = edge.extended(leaves[start:end])\n",
        ),
        ("encode_edge(edge)", "b''.join(old.rows[1:])"),
        breaks={TILES},
    ),
    bug(
        "the note of a chain that could not be read is deleted",
        cover_all.cover_all,
        ("if _is_worth_a_row(after[name]) or not advance.left:", "if 1:"),
        breaks={COVERED},
    ),
    bug(
        "growth that no new note names is forgotten",
        new_segments._follow,
        ("not known or (state.growth and following <= state.growth.last_sequence)", "not known"),
        breaks={COVERED},
    ),
]
