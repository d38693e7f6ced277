"""What the next run adds to the log. The same state always gives the same text to sign."""

from __future__ import annotations

from collections.abc import Sequence
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

    It adds the turn's `entries_before` to the log, then `run_entry`. `edge` is that of the log with
    them, and `tiles` are those that become full. `workspaces` is the number of rows of its map.
    """

    turn: Turn
    run_entry: RunEntry
    edge: RightEdge
    tiles: tuple[Tile, ...]
    workspaces: int


def next_run(
    origin: str,
    before: PublishedRun | None,
    state: State,
    entries_before: Sequence[Entry],
    time: int,
    state_version: str,
) -> Decision:
    """The run that publishes `state`, after the run `before`, or the first run.

    `entries_before` are those before the run entry. `time` is in seconds. `state_version` is the
    version under which the state is stored.
    """
    run_entry = RunEntry(time, map_root(state.map_rows))
    leaves = [leaf_hash(each.encoded) for each in (*entries_before, run_entry)]
    edge, tiles = (before.edge if before else EMPTY_EDGE).extended(leaves)
    checkpoint = Checkpoint(origin, edge.size, edge.compact_range.root)
    turn = Turn(
        run=state.run,
        size=edge.size,
        text=checkpoint.text,
        time=time,
        state_version=state_version,
        state_sha256=sha256(state.encoded).digest(),
        entries_before=tuple(entries_before),
    )
    return Decision(turn, run_entry, edge, tuple(tiles), len(state.rows))
