"""Shows the holder of an older proof file that nothing of it was taken back since.

All is made of tiles. Records are read only for a path into the unfinished tile of a workspace tree.
"""

from __future__ import annotations

from ..chain.ledger import Ledger
from ..checkpoints.consistency import Consistency, Path, PlacedEntry
from ..checkpoints.entries import Entry
from ..checkpoints.published_run import PublishedRun
from ..checkpoints.workspace_state import WorkspaceState
from ..covering.newest_run import read_run
from ..covering.ports import LockedBucket
from ..errors import Contradiction, DamagedItem
from ..tlog.tile_proofs import ReadTile, consistency_path, inclusion_path
from .checkpoint_file import make_checkpoint_file
from .newest import NewestRun, log_reader
from .restarts import read_restarts
from .workspace_tiles import workspace_tile_reader


def prove_consistency(
    newest: NewestRun | None,
    bucket: LockedBucket,
    ledger: Ledger,
    workspace_id: str,
    log_size: int,
    workspace_size: int,
) -> Consistency:
    """The answer for a log and a workspace tree of these sizes, up to the newest run.

    Reads the objects of the first run and of each restart, and a tile a level of both trees.

    Raises NotReady as `make_checkpoint_file` does, Unreadable when the chain is damaged where it is
    read, DamagedItem when what the log has stored is, and Unavailable.
    """
    file = make_checkpoint_file(newest, workspace_id)
    state = newest.workspace(workspace_id) if newest else None
    if newest is None or state is None:
        raise DamagedItem(f"the state has a row of {workspace_id}, and no more")
    read_tile = log_reader(bucket, newest.run)
    try:
        first = read_run(bucket, 1)
        restarts = read_restarts(bucket, state.restarts, workspace_id)
        return Consistency(
            checkpoint=file.encoded.decode(),
            log=_log_path(log_size, newest.run, read_tile),
            workspace=_workspace_path(workspace_size, state, bucket, ledger),
            first=_placed(first, first.run_entry, newest.run, read_tile),
            restarts=tuple(_placed(*each, newest.run, read_tile) for each in restarts),
        )
    except Contradiction as error:
        raise DamagedItem(f"what the log has published: {error}") from None


def _log_path(size: int, run: PublishedRun, read_tile: ReadTile) -> Path | None:
    if size > run.edge.size:
        return None
    return tuple(consistency_path(size, run.edge.size, read_tile, run.edge.compact_range))


def _workspace_path(
    size: int, state: WorkspaceState, bucket: LockedBucket, ledger: Ledger
) -> Path | None:
    if size > state.size:
        return None
    read_tile = workspace_tile_reader(bucket, ledger, state)
    return tuple(consistency_path(size, state.size, read_tile, state.tree))


def _placed(
    run: PublishedRun, entry: Entry, newest: PublishedRun, read_tile: ReadTile
) -> PlacedEntry:
    """An entry of a run with its inclusion path in the newest tree of the log."""
    index = run.edge.size - len(run.entries) + run.entries.index(entry)
    path = inclusion_path(index, newest.edge.size, read_tile, newest.edge.compact_range)
    return PlacedEntry(entry.encoded, index, tuple(path))
