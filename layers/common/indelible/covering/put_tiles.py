"""Puts the full tiles of workspace trees into the locked bucket, each once.

    ws/<workspace id>/<epoch>/tile/0/<N>    256 leaf hashes, then the edge of all levels above
    ws/<workspace id>/<epoch>/tile/1/<N>    256 hashes, and so on upwards

The paths are those of https://c2sp.org/tlog-tiles. The tiles of a tree are the same whoever puts
them. So a tile that is there already with another content means that the chain was once another.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from ..checkpoints.object_keys import workspace_tile_key
from ..checkpoints.workspace_state import WorkspaceState
from ..tlog.tiles import TILE_WIDTH, RightEdge, encode_edge, tile_path
from ..verifying.breaks import Break, checkpoint_mismatch


class TileStore(Protocol):
    """The objects of the locked bucket. Methods raise Unavailable when the service fails."""

    def put_new(self, key: str, content: bytes) -> bool:
        """Store an object unless its key is there. Returns False if it is.

        After Unavailable the object may have been stored. It may be put again.
        """

    def read(self, key: str) -> bytes | None:
        """The object with this key; None if it is not there."""


class NewTile(NamedTuple):
    """An object to put. `last_sequence` is that of the last record below the tile."""

    key: str
    content: bytes
    last_sequence: int


def fills_a_tile(state: WorkspaceState, records: int) -> bool:
    """Whether so many more records fill the unfinished tile of the tree."""
    return state.size % TILE_WIDTH + records >= TILE_WIDTH


def new_tiles(
    state: WorkspaceState, edge: RightEdge, leaves: Sequence[bytes]
) -> tuple[RightEdge, list[NewTile]]:
    """The edge once these leaves are added to the workspace's tree, and the tiles full by then.

    `edge` is that of the tree before. The edge behind a tile of level 0 is that of the tree which
    ends with this tile, so it has the root of the tile itself.
    """
    found = list[NewTile]()
    start, end = 0, TILE_WIDTH - edge.size % TILE_WIDTH
    while start < len(leaves):
        edge, tiles = edge.extended(leaves[start:end])
        for tile in tiles:
            content = tile.hashes if tile.level else tile.hashes + encode_edge(edge)
            path = tile_path(tile.level, tile.number)
            key = workspace_tile_key(state.workspace_id, state.epoch, path)
            found.append(NewTile(key, content, edge.size))
        start, end = end, end + TILE_WIDTH
    return edge, found


def put_tile(store: TileStore, tile: NewTile) -> Break | None:
    """Put one tile. Returns the break if its key is there with another content."""
    if store.put_new(tile.key, tile.content):
        return None
    if store.read(tile.key) == tile.content:
        return None
    reason = f"{tile.key} was stored before, for other records than those of the chain"
    return checkpoint_mismatch(tile.last_sequence, None, None, reason)
