"""The checkpoint file of a workspace: how far its chain is covered, as one text that proves it."""

from __future__ import annotations

from ..checkpoints.proof_file import ProofFile
from ..checkpoints.workspace_checkpoint import WorkspaceCheckpoint
from ..checkpoints.workspace_map import row_key
from ..checkpoints.workspace_state import Hold, StateRow
from ..errors import ChainHeld, DamagedItem, NotReady
from ..times import format_time
from .newest import NewestRun

RETRY_SECONDS = 60
"""When to ask again for what the next run may cover."""


def make_checkpoint_file(newest: NewestRun | None, workspace_id: str) -> ProofFile:
    """The checkpoint file of a workspace in the newest run. It calls nothing.

    Raises NotReady when no run has covered a record of the workspace, and ChainHeld when something
    keeps it from that. Raises DamagedItem when its row is not that of the checkpoint.
    """
    row = newest.row(workspace_id) if newest else None
    if newest is None or row is None or not row.size:
        state = newest.workspace(workspace_id) if newest else None
        if state and state.hold:
            raise chain_held(state.size, state.hold)
        raise NotReady("The log covers no event of this workspace yet.", RETRY_SECONDS)
    leaf, map_path = newest.map.path(row_key(workspace_id))
    return ProofFile(
        log_index=newest.run.edge.size - 1,
        log_path=newest.log_path,
        note=newest.note,
        checkpoint=_checkpoint(newest.origin, workspace_id, row),
        time=newest.run.run_entry.time,
        leaf=leaf,
        map_path=tuple(map_path),
    )


def chain_held(size: int, hold: Hold) -> ChainHeld:
    """The error for a chain of which `size` records are covered, and no more because of a hold.

    Its text may reach token holders, so it leaves out the reason, which may quote an event.
    """
    return ChainHeld(
        f"The log covers this workspace's chain up to record {size}: since "
        f"{format_time(hold.since)} record {hold.sequence} does not verify "
        f"({hold.kind}). GET /v1/verify says more."
    )


def _checkpoint(origin: str, workspace_id: str, row: StateRow) -> WorkspaceCheckpoint:
    checkpoint = WorkspaceCheckpoint(origin, workspace_id, row.epoch, row.size, row.root)
    if checkpoint.sha256 != row.text_sha256:
        raise DamagedItem(f"the row of {workspace_id} is not that of its checkpoint")
    return checkpoint
