"""What the log has published once and for ever: its first run, and the restarts of workspaces."""

from __future__ import annotations

from collections.abc import Sequence

from ..checkpoints.entries import RestartEntry
from ..checkpoints.published_run import PublishedRun
from ..checkpoints.workspace_map import row_key
from ..checkpoints.workspace_state import WorkspaceState
from ..covering.newest_run import read_run, read_runs
from ..covering.ports import LockedBucket
from ..errors import Contradiction, DamagedItem

MOST_RESTARTS = 100
"""Restarts of a workspace in a verdict, at most: the newest. Its epoch counts all of them."""

_RUNS_AT_A_TIME = 16
"""Runs in memory: a run that restarts every workspace of a table has megabytes."""

_REMEMBERED = 10_000
"""Maximum restarts that are remembered: a few megabytes. Then all are forgotten."""


class LoggedPast:
    """The time of the first run, and the restarts of workspaces. A process reads each once.

    Methods raise Unavailable, and DamagedItem when a run is gone or damaged: a restart is never
    left out because of that.
    """

    def __init__(self, bucket: LockedBucket) -> None:
        self._bucket = bucket
        self._since: int | None = None
        self._known: dict[tuple[str, int], RestartEntry] = {}

    def since(self) -> int:
        """The time of the log's first run (Unix seconds), which has to exist."""
        if self._since is None:
            try:
                self._since = read_run(self._bucket, 1).run_entry.time
            except Contradiction as error:
                raise DamagedItem(f"what the log has published: {error}") from None
        return self._since

    def restarts(self, state: WorkspaceState) -> tuple[RestartEntry, ...]:
        """The newest restarts of a workspace, oldest first: MOST_RESTARTS at most."""
        numbers = state.restarts[-MOST_RESTARTS:]
        missing = [each for each in numbers if (state.workspace_id, each) not in self._known]
        if len(self._known) + len(missing) > _REMEMBERED:
            self._known.clear()
            missing = [*numbers]
        try:
            for first in range(0, len(missing), _RUNS_AT_A_TIME):
                some = missing[first : first + _RUNS_AT_A_TIME]
                for run, entry in read_restarts(self._bucket, some, state.workspace_id):
                    self._known[state.workspace_id, run.number] = entry
        except Contradiction as error:
            raise DamagedItem(f"what the log has published: {error}") from None
        return tuple(self._known[state.workspace_id, each] for each in numbers)


def read_restarts(
    bucket: LockedBucket, numbers: Sequence[int], workspace_id: str
) -> list[tuple[PublishedRun, RestartEntry]]:
    """The runs with these numbers, each with its restart of the workspace.

    Raises Contradiction if a run is gone, or has no restart of the workspace.
    """
    return [(run, _restart_in(run, workspace_id)) for run in read_runs(bucket, numbers)]


def _restart_in(run: PublishedRun, workspace_id: str) -> RestartEntry:
    key = row_key(workspace_id)
    for each in run.entries_before:
        if isinstance(each, RestartEntry) and each.key == key:
            return each
    number = run.number
    raise Contradiction(f"Run {number} has no restart of {workspace_id}, though its state says so.")
