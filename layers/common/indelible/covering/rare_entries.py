"""The entries that stand before a run entry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..checkpoints.entries import ContinuesEntry, Entry, RestartEntry
from ..checkpoints.published_run import PublishedRun
from ..checkpoints.requests import ContinueRequest, Request, RestartRequest
from ..checkpoints.state import State
from ..checkpoints.workspace_map import row_key
from ..checkpoints.workspace_state import MAX_RESTARTS, Growth, WorkspaceState
from ..times import SECOND
from .services import Services
from .signing_keys import new_keys


@dataclass(frozen=True, slots=True)
class RareEntries:
    """The entries, and the workspaces that begin a new epoch with them, by id.

    `refused` has what somebody has requested and cannot have.
    """

    entries: Sequence[Entry]
    restarted: dict[str, WorkspaceState]
    refused: Sequence[str]


def plan_rare_entries(
    services: Services,
    newest: PublishedRun | None,
    before: State,
    requests: Sequence[Request],
    time: int,
) -> RareEntries:
    """What the next run has to log besides itself. `time` is that of the run, in seconds.

    Requests for what is so already give no entry.
    """
    entries: list[Entry] = [*new_keys(services.bucket, services.signers, newest, time)]
    restarted, refused = dict[str, WorkspaceState](), list[str]()
    known = {each.workspace_id: each for each in before.workspaces}
    for each in requests:
        if isinstance(each, RestartRequest):
            workspace = known.get(each.workspace_id)
            if not workspace or workspace.epoch != each.epoch or each.workspace_id in restarted:
                continue
            if len(workspace.restarts) >= MAX_RESTARTS:
                refused.append(f"{each.workspace_id} was restarted {MAX_RESTARTS} times already")
            else:
                entries.append(_restart_entry(each, workspace, time))
                restarted[each.workspace_id] = _restarted(workspace, before.run + 1, time)
        elif isinstance(each, ContinueRequest) and newest is None:
            entries.append(ContinuesEntry(time, each.old_origin, each.old_size, each.old_root))
    return RareEntries(entries, restarted, refused)


def _restart_entry(request: RestartRequest, workspace: WorkspaceState, time: int) -> RestartEntry:
    return RestartEntry(
        time,
        row_key(workspace.workspace_id),
        workspace.epoch,
        workspace.size,
        workspace.tree.root,
        min(request.kept_size, workspace.size),
        request.reason_sha256,
    )


def _restarted(workspace: WorkspaceState, run: int, time: int) -> WorkspaceState:
    """The workspace at the beginning of its next epoch: nothing covered, and all waiting."""
    return WorkspaceState(
        workspace.workspace_id,
        epoch=workspace.epoch + 1,
        growth=Growth(time * SECOND, max(1, workspace.size)),
        restarts=(*workspace.restarts, run),
    )
