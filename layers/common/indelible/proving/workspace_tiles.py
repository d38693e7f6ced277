"""The tiles of a workspace tree, as proofs read them.

Full ones are in the locked bucket. The leaf hashes of the unfinished tile are in the chain. What is
unfinished above it is stored behind the newest full tile.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import cache

from ..chain.hashes import HASH_BYTES
from ..chain.ledger import Ledger, read_leaves
from ..checkpoints.object_keys import workspace_tile_key
from ..checkpoints.workspace_state import WorkspaceState
from ..covering.ports import LockedBucket
from ..errors import DamagedItem, Unreadable
from ..tlog.tile_proofs import ReadTile, TileName
from ..tlog.tiles import TILE_BYTES, TILE_WIDTH, decode_edge, tile_path


def workspace_tile_reader(
    bucket: LockedBucket,
    ledger: Ledger,
    state: WorkspaceState,
    at_once: Collection[TileName] = (),
    count: Callable[[int], None] = lambda _: None,
) -> ReadTile:
    """A function that reads the tiles of a workspace tree, each object once.

    Those of the tiles `at_once` are read together, before. `count` gets their bytes. It raises
    DamagedItem when a tile is gone or damaged, Unreadable when the chain is damaged where it reads
    that, and Unavailable.
    """
    start = state.size - state.size % TILE_WIDTH
    keys = [_key(state, *each) for each in objects_of(at_once, state.size)]
    known: Mapping[str, bytes | None] = {
        **dict.fromkeys(keys),
        **(bucket.read_many(keys) if keys else {}),
    }
    count(sum(len(each) for each in known.values() if each))

    @cache
    def read_object(level: int, number: int) -> bytes:
        key = _key(state, level, number)
        content = known[key] if key in known else bucket.read(key)
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


def objects_of(tiles: Iterable[TileName], size: int) -> list[tuple[int, int]]:
    """The objects with these tiles of a tree of `size` leaves, by level and number, in order.

    An object is a full tile. What is unfinished above level 0 is behind the newest one of level 0.
    """
    newest = 0, size // TILE_WIDTH - 1
    objects = {
        (level, number) if width == TILE_WIDTH else newest
        for level, number, width in tiles
        if width == TILE_WIDTH or level > 0
    }
    return sorted(objects)


def _key(state: WorkspaceState, level: int, number: int) -> str:
    return workspace_tile_key(state.workspace_id, state.epoch, tile_path(level, number))
