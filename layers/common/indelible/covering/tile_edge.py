"""The right edge of a workspace tree: what its next tiles begin with.

The state has the tree as a compact range, which lacks the leaves of the unfinished tile. These are
in the chain. The unfinished tiles above are stored behind the newest full tile.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import islice

from ..chain.hashes import HASH_BYTES, leaf_hashes
from ..chain.ledger import Ledger
from ..chain.segment import read_records
from ..checkpoints.object_keys import workspace_tile_key
from ..checkpoints.workspace_state import WorkspaceState
from ..errors import Unreadable
from ..tlog.tiles import (
    EMPTY_EDGE,
    TILE_BYTES,
    TILE_WIDTH,
    RightEdge,
    decode_edge,
    tile_path,
)
from ..verifying.breaks import Break, checkpoint_mismatch, unreadable

REMEMBERED_CHAINS = 10_000
"""Maximum chains whose unfinished tile is remembered: about 80 MB. Then all are forgotten."""

ReadObject = Callable[[str], bytes | None]
"""Reads an object of the locked bucket by its key; None if it is not there."""


class UnfinishedTiles:
    """The leaf hashes of unfinished tiles that this process has seen, so as not to read them again.

    What it returns may belong to a run that lost. So callers compare it with the tree.
    """

    def __init__(self) -> None:
        self._kept: dict[str, tuple[int, bytes]] = {}

    def leaves(self, state: WorkspaceState) -> bytes | None:
        """The joined leaf hashes of the unfinished tile, if they are remembered."""
        if not state.size % TILE_WIDTH:
            return b""
        size, leaves = self._kept.get(state.workspace_id, (0, b""))
        return leaves if size == state.size else None

    def note(self, before: WorkspaceState, added: Sequence[bytes]) -> None:
        """Remember the unfinished tile after these leaves were added to the tree of `before`."""
        width = (before.size + len(added)) % TILE_WIDTH
        earlier = b"" if width <= len(added) else self.leaves(before)
        if len(self._kept) >= REMEMBERED_CHAINS:
            self._kept.clear()
        if earlier is None:
            self._kept.pop(before.workspace_id, None)
        else:
            leaves = b"".join([earlier, *added[max(len(added) - width, 0) :]])
            self._kept[before.workspace_id] = before.size + len(added), leaves


def read_edge(
    ledger: Ledger, read_object: ReadObject, remembered: UnfinishedTiles, state: WorkspaceState
) -> RightEdge | Break:
    """The right edge of the workspace's tree, or the break if what is stored does not give it.

    The edge always is that of the tree in the state. Raises Unavailable.
    """
    try:
        above = _read_above(read_object, state)
    except Unreadable as error:
        return checkpoint_mismatch(state.size, None, None, str(error))
    kept = remembered.leaves(state)
    edge = _edge(state, kept, above) if kept is not None else None
    if edge is None:
        try:
            edge = _edge(state, _read_leaves(ledger, state), above)
        except Unreadable as error:
            return unreadable(_tile_start(state) + 1, str(error))
    if edge is None:
        first = _tile_start(state) + 1
        reason = f"records {first} to {state.size}, or the newest tile, are not those covered"
        return checkpoint_mismatch(first, None, None, reason)
    return edge


def _tile_start(state: WorkspaceState) -> int:
    """The number of leaves before the unfinished tile."""
    return state.size - state.size % TILE_WIDTH


def _edge(state: WorkspaceState, leaves: bytes, above: RightEdge) -> RightEdge | None:
    """The edge with this unfinished tile at level 0, or None if it is not that of the tree."""
    if len(leaves) != state.size % TILE_WIDTH * HASH_BYTES:
        return None
    rows = (leaves, *above.rows[1:]) if state.size else ()
    edge = RightEdge(state.size, rows)
    return edge if edge.compact_range == state.tree else None


def _read_above(read_object: ReadObject, state: WorkspaceState) -> RightEdge:
    """The edge after the newest full tile. Raises Unreadable when the tile is not as it was put."""
    start = _tile_start(state)
    if not start:
        return EMPTY_EDGE
    path = tile_path(0, start // TILE_WIDTH - 1)
    content = read_object(workspace_tile_key(state.workspace_id, state.epoch, path))
    if content is None:
        raise Unreadable(f"{path} of the workspace tree is missing")
    return decode_edge(content[TILE_BYTES:], start)


def _read_leaves(ledger: Ledger, state: WorkspaceState) -> bytes:
    """The joined leaf hashes of the unfinished tile, from the chain; as many as there are.

    Raises Unreadable.
    """
    start = _tile_start(state)
    holding = ledger.at_or_before(state.workspace_id, start + 1)
    if holding is None:
        return b""
    leaves = list[bytes]()
    for segment in ledger.ascending(state.workspace_id, holding.first_sequence, state.size):
        leaves += leaf_hashes(read_records(segment))
    wanted = islice(leaves, start + 1 - holding.first_sequence, None)
    return b"".join(islice(wanted, state.size - start))
