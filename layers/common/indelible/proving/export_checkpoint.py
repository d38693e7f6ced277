"""The checkpoint of an export file: the newest when the range of the file is fixed."""

from __future__ import annotations

from dataclasses import replace

from ..chain.ledger import Ledger
from ..checkpoints.workspace_state import WorkspaceState
from ..covering.ports import LockedBucket
from ..errors import ChainHeld, DamagedItem, NotReady, Unreadable
from ..export_file.checkpoint import FileCheckpoint, NoCheckpoint
from ..export_file.manifest import Manifest
from ..tlog.tile_proofs import hashes_beside
from .checkpoint_file import make_checkpoint_file
from .newest import NewestRuns
from .workspace_tiles import workspace_tile_reader


def with_checkpoint(
    runs: NewestRuns, bucket: LockedBucket, ledger: Ledger, manifest: Manifest, now: int
) -> Manifest:
    """The manifest with the newest checkpoint file of its workspace. `now` is in microseconds.

    Reads the newest run, and two tiles a level at most. Of the chain it reads at most the records
    of the unfinished tile. What is damaged there is no reason to withhold an export: the manifest
    then says why it has no checkpoint. Raises Unavailable.
    """
    try:
        return replace(manifest, checkpoint=_checkpoint(runs, bucket, ledger, manifest, now))
    except (ChainHeld, NotReady, DamagedItem, Unreadable) as error:
        return replace(manifest, checkpoint=NoCheckpoint(str(error)))


def _checkpoint(
    runs: NewestRuns, bucket: LockedBucket, ledger: Ledger, manifest: Manifest, now: int
) -> FileCheckpoint:
    newest = runs.read(now)
    file = make_checkpoint_file(newest, manifest.workspace_id)
    state = newest.workspace(manifest.workspace_id) if newest else None
    if state is None or state.size != file.checkpoint.size:
        raise DamagedItem(f"the state has another size of {manifest.workspace_id} than its row")
    left, right = _hashes_beside(bucket, ledger, state, manifest)
    return FileCheckpoint(file.encoded, tuple(left), tuple(right))


def _hashes_beside(
    bucket: LockedBucket, ledger: Ledger, state: WorkspaceState, manifest: Manifest
) -> tuple[list[bytes], list[bytes]]:
    """The hashes beside those records of the file that are covered."""
    covered = range(manifest.first_sequence - 1, min(manifest.head.sequence, state.size))
    if not covered:
        return [], []
    read_tile = workspace_tile_reader(bucket, ledger, state)
    return hashes_beside(covered, state.size, read_tile, state.tree)
