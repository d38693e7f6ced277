"""The restart of a workspace that a run has logged."""

from __future__ import annotations

from ..checkpoints.entries import RestartEntry
from ..checkpoints.published_run import PublishedRun
from ..checkpoints.workspace_map import row_key
from ..covering.newest_run import read_run
from ..covering.ports import LockedBucket
from ..errors import Contradiction


def read_restart(
    bucket: LockedBucket, number: int, workspace_id: str
) -> tuple[PublishedRun, RestartEntry]:
    """The run with this number, and its restart of the workspace. Contradiction if it has none."""
    run, key = read_run(bucket, number), row_key(workspace_id)
    for each in run.entries_before:
        if isinstance(each, RestartEntry) and each.key == key:
            return run, each
    raise Contradiction(f"Run {number} has no restart of {workspace_id}, though its state says so.")
