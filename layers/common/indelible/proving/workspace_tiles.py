"""The tiles of a workspace tree, as proofs read them.

Full ones are in the locked bucket. The leaf hashes of the unfinished tile are in the chain. What is
unfinished above it is stored behind the newest full tile.
"""

from __future__ import annotations

from functools import cache

from ..chain.hashes import HASH_BYTES
from ..chain.ledger import Ledger, read_leaves
from ..checkpoints.object_keys import workspace_tile_key
from ..checkpoints.workspace_state import WorkspaceState
from ..covering.ports import LockedBucket
from ..errors import DamagedItem, Unreadable
from ..tlog.tile_proofs import ReadTile
from ..tlog.tiles import TILE_BYTES, TILE_WIDTH, decode_edge, tile_path


def workspace_tile_reader(bucket: LockedBucket, ledger: Ledger, state: WorkspaceState) -> ReadTile:
    """A function that reads the tiles of a workspace tree, each object once.

    It raises DamagedItem when a tile is gone or damaged, Unreadable when the chain is damaged where
    it reads that, and Unavailable.
    """
    start = state.size - state.size % TILE_WIDTH

    @cache
    def read_object(level: int, number: int) -> bytes:
        path = tile_path(level, number)
        key = workspace_tile_key(state.workspace_id, state.epoch, path)
        content = bucket.read(key)
        if content is None:
            raise DamagedItem(f"{key} is gone from the locked bucket")
        return content

    def read(level: int, number: int, width: int) -> bytes:
        if width == TILE_WIDTH:
            return read_object(level, number)[:TILE_BYTES]
        if level == 0:
            leaves = read_leaves(ledger, state.workspace_id, start + 1, state.size)
            return leaves[: width * HASH_BYTES]
        try:
            edge = decode_edge(read_object(0, start // TILE_WIDTH - 1)[TILE_BYTES:], start)
        except Unreadable as error:
            raise DamagedItem(f"the newest tile of {state.workspace_id}: {error}") from None
        return edge.rows[level]

    return read
