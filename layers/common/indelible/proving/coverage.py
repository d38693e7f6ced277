"""Coverage: up to where a chain is covered, by whom, since when, and what keeps it from more."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from ..checkpoints.workspace_state import Growth, Hold, WorkspaceState
from ..covering.newest_run import read_run
from ..covering.ports import LockedBucket
from ..errors import Contradiction, DamagedItem, Unreadable
from ..times import SECOND, format_time
from ..tlog.cosignature import read_cosignature
from ..tlog.note import Note
from .newest import NewestRun
from .restarts import read_restart


@dataclass(frozen=True, slots=True)
class Restart:
    """An operator began a new epoch at `time` (seconds), as the chain was not what was covered.

    The chain kept the first `kept_size` of `old_size` covered records.
    """

    time: int
    old_size: int
    kept_size: int

    @property
    def lost(self) -> range:
        """The sequences of the covered records that the new epoch does not have."""
        return range(self.kept_size + 1, self.old_size + 1)

    def __str__(self) -> str:
        time = format_time(self.time * SECOND)
        if not self.lost:
            return f"restarted at {time}, no record lost"
        return f"restarted at {time}, records {self.lost[0]} to {self.lost[-1]} lost"


@dataclass(frozen=True, slots=True)
class Coverage:
    """How far a workspace's chain is covered. Times are in seconds, those inside values as there.

    Records 1 to `size` are covered, in the epoch `epoch`, as of a run at `run_time`. What follows
    is not covered yet. The operator has signed that run. The witnesses in `cosigned_at`, by name,
    say when they saw it; their signatures are not checked here, nor is it decided which of them
    count: a verifier with a policy of its own does both. `since` is the time of the log's first
    run: what was changed before, nobody can find.

    `growth` is what waits to be covered, as of that run, and `hold` what keeps the chain from being
    covered further. `restarts` are those of all epochs before this one, oldest first.
    """

    size: int
    epoch: int
    run: int
    run_time: int
    cosigned_at: Mapping[str, int]
    since: int
    growth: Growth | None
    hold: Hold | None
    restarts: tuple[Restart, ...]

    @property
    def is_witnessed(self) -> bool:
        """Whether any witness has cosigned the run, as this server says."""
        return bool(self.cosigned_at)

    def covers(self, sequence: int) -> bool:
        """Whether the record with this sequence is covered."""
        return sequence <= self.size


def find_coverage(
    newest: NewestRun | None, bucket: LockedBucket, workspace_id: str
) -> Coverage | None:
    """The coverage of a workspace's chain in the newest run; None before the first run.

    Reads the object of the first run, and one for each restart of the workspace. Raises
    Unavailable, and DamagedItem when one of them is gone or damaged.
    """
    if newest is None:
        return None
    state = newest.workspace(workspace_id) or WorkspaceState(workspace_id)
    try:
        since = read_run(bucket, 1).run_entry.time
    except (Contradiction, Unreadable) as error:
        raise DamagedItem(f"what the log has published: {error}") from None
    return Coverage(
        size=state.size,
        epoch=state.epoch,
        run=newest.run.number,
        run_time=newest.run.run_entry.time,
        cosigned_at=witness_times(newest.note),
        since=since,
        growth=state.growth,
        hold=state.hold,
        restarts=find_restarts(bucket, state),
    )


def find_restarts(bucket: LockedBucket, state: WorkspaceState) -> tuple[Restart, ...]:
    """The restarts of a workspace, oldest first. Reads an object for each, and raises the same."""
    try:
        entries = [read_restart(bucket, each, state.workspace_id)[1] for each in state.restarts]
    except (Contradiction, Unreadable) as error:
        raise DamagedItem(f"what the log has published: {error}") from None
    return tuple(Restart(each.time, each.old_size, each.kept_size) for each in entries)


def witness_times(note: Note) -> dict[str, int]:
    """When each witness says that it has seen the checkpoint, by the witness's name."""
    found = {}
    for each in note.signatures:
        with suppress(Unreadable):  # the log's own signature, or one of a kind not known here
            found[each.name] = read_cosignature(each.signature).time
    return found
