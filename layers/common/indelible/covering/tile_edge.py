"""The right edge of a workspace tree: what its next tiles begin with.

The state has the tree as a compact range, which lacks the leaves of the unfinished tile. These are
in the chain. The unfinished tiles above are stored behind the newest full tile.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from ..chain.hashes import HASH_BYTES
from ..chain.ledger import Ledger, read_leaves
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
"""Maximum chains whose edge is remembered: about 80 MB. Then all are forgotten."""

ReadObject = Callable[[str], bytes | None]
"""Reads an object of the locked bucket by its key; None if it is not there."""


@dataclass(frozen=True, slots=True)
class RememberedEdges:
    """The edges that this process has seen, so as not to read them again.

    One may be that of a run that lost. So a reader compares it with the tree.
    """

    edges: dict[str, RightEdge] = field(default_factory=dict)

    def at(self, state: WorkspaceState) -> RightEdge | None:
        """The edge of the workspace's tree, if it is remembered."""
        if not state.size:
            return EMPTY_EDGE
        edge = self.edges.get(state.workspace_id)
        return edge if edge and edge.size == state.size else None

    def note(self, state: WorkspaceState, edge: RightEdge) -> None:
        """Remember the edge of a workspace's tree."""
        if len(self.edges) >= REMEMBERED_CHAINS and state.workspace_id not in self.edges:
            self.edges.clear()
        self.edges[state.workspace_id] = edge


def read_edge(
    ledger: Ledger, read_object: ReadObject, remembered: RememberedEdges, state: WorkspaceState
) -> RightEdge | Break:
    """The right edge of the workspace's tree, or the break if what is stored does not give it.

    The edge always is that of the tree in the state. Raises Unavailable.
    """
    edge = remembered.at(state)
    if edge and edge.compact_range == state.tree:
        return edge
    try:
        above = _read_above(read_object, state)
    except Unreadable as error:
        return checkpoint_mismatch(state.size, None, None, str(error))
    first = _tile_start(state) + 1
    try:
        leaves = read_leaves(ledger, state.workspace_id, first, state.size)
    except Unreadable as error:
        return unreadable(first, str(error))
    if len(leaves) == state.size % TILE_WIDTH * HASH_BYTES:
        edge = RightEdge(state.size, (leaves, *above.rows[1:]))
        if edge.compact_range == state.tree:
            return edge
    reason = f"records {first} to {state.size}, or the newest tile, are not those covered"
    return checkpoint_mismatch(first, None, None, reason)


def _tile_start(state: WorkspaceState) -> int:
    """The number of leaves before the unfinished tile."""
    return state.size - state.size % TILE_WIDTH


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
