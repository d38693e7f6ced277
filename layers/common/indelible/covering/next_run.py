"""What the next run adds to the log. The same state always gives the same text to sign."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from ..chain.hashes import leaf_hash
from ..checkpoints.entries import Entry, RunEntry
from ..checkpoints.published_run import PublishedRun
from ..checkpoints.state import State
from ..checkpoints.turn import Turn
from ..checkpoints.workspace_map import map_root
from ..tlog.checkpoint import Checkpoint
from ..tlog.tiles import EMPTY_EDGE, RightEdge, Tile


@dataclass(frozen=True, slots=True)
class Decision:
    """A run that is decided, signed or not.

    It adds `entries_before` to the log, then `run_entry`. `edge` is that of the log with them, and
    `tiles` are those that become full. `workspaces` is the number of rows of its map.
    """

    turn: Turn
    entries_before: tuple[Entry, ...]
    run_entry: RunEntry
    edge: RightEdge
    tiles: tuple[Tile, ...]
    workspaces: int


def next_run(
    origin: str,
    before: PublishedRun | None,
    state: State,
    state_version: str,
) -> Decision:
    """The run that publishes `state`, after the run `before`, or the first run.

    Time and entries are those of the state. `state_version` is the version under which it is
    stored.
    """
    run_entry = RunEntry(state.time, map_root(state.map_rows))
    leaves = [leaf_hash(each.encoded) for each in (*state.entries_before, run_entry)]
    edge, tiles = (before.edge if before else EMPTY_EDGE).extended(leaves)
    checkpoint = Checkpoint(origin, edge.size, edge.compact_range.root)
    turn = Turn(
        run=state.run,
        size=edge.size,
        text=checkpoint.text,
        state_version=state_version,
        state_sha256=sha256(state.encoded).digest(),
    )
    return Decision(turn, state.entries_before, run_entry, edge, tuple(tiles), len(state.rows))
