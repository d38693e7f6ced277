"""`indelible checkpoint rebuild`: rebuilds the lost state of the newest run."""

# ruff: noqa: PLC0415 (what few commands need is imported when one of them runs)
from __future__ import annotations

from hashlib import sha256

from ..checkpoints.requests import RebuiltRequest
from ..errors import IndelibleError, NotFound
from ..runtime.clock import now
from .log import open_log
from .options import StackName
from .output import counted, progress_bar, say


def rebuild(stack: StackName = None) -> None:
    """Rebuild the state of the newest run from the tiles and the chains, because it is lost.

    Without the state no run goes on: it has how far each workspace is covered. The command reads
    all chains and the whole log, and looks for the state whose map the log has signed. It stores
    nothing unless it finds exactly that. Otherwise it says which workspaces stand in the way.

    Example: `indelible checkpoint rebuild`
    """
    from ..aws.workspaces import list_workspace_ids
    from ..covering.newest_run import find_newest_run
    from ..covering.rebuild import rebuild_state

    log = open_log(stack)
    turn = log.turns.read()
    newest = find_newest_run(log.bucket, turn.run if turn else 0)
    if newest is None:
        raise NotFound(f"The log {log.origin} has no run yet, so it has no state.")
    stored = log.states.read(newest.state_version)
    if stored is not None and sha256(stored).digest() == newest.state_sha256:
        raise IndelibleError(f"The state of run {newest.number} is there. Nothing is rebuilt.")
    workspace_ids = list_workspace_ids(log.stack.table)
    with progress_bar() as bar:
        task = bar.add_task("Reading chains", total=len(workspace_ids))
        state = rebuild_state(
            log.ledger, log.bucket, log.states, newest, workspace_ids, lambda: bar.advance(task)
        )
    encoded = state.encoded
    version = log.states.put(encoded)
    request = RebuiltRequest(newest.number, version, sha256(encoded).digest())
    log.turns.request(request, now())
    found = counted(len(state.workspaces), "workspace")
    say(f"The state of run {newest.number} is rebuilt, with {found}. The next run uses it.")
