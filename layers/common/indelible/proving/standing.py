"""Standing: what the log and the watcher say of a chain, beside what its own records show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from ..checkpoints.entries import RestartEntry
from ..checkpoints.watched import Watched
from ..checkpoints.workspace_state import WorkspaceState
from ..times import format_time
from ..tlog.cosignature import unchecked_times
from ..verifying.coverage import Assurance, Coverage, not_covered
from ..verifying.kept_head import KeptHead
from .newest import NewestRun
from .restarts import LoggedPast

_NOTHING = Watched((), 0, 0)
_AS_THE_SERVER_SAYS = "this server says so, and no signature was checked"


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a chain is covered as of a run, what holds it, and what the watcher has found.

    `origin` is that of the log, `run_time` and `since` are the times of the run and of the log's
    first run (Unix seconds). `run` is 0 before the first one, and the three are nothing then.

    `cosigned_at` has the time of each witness of the run, by its name. `restarts` are the newest
    ones. `is_copy` is for a copy of the table, which may be older than the run: `watched` is None
    then.
    """

    state: WorkspaceState
    origin: str | None = None
    run: int = 0
    run_time: int | None = None
    since: int | None = None
    cosigned_at: Mapping[str, int] = field(default_factory=dict)
    restarts: Sequence[RestartEntry] = ()
    watched: Watched | None = _NOTHING
    is_copy: bool = False

    @property
    def is_valid(self) -> bool:
        """Whether nothing holds the workspace, and the watcher has found nothing but warnings."""
        return self.state.hold is None and (self.watched is None or self.watched.is_valid)

    @property
    def covered_head(self) -> KeptHead | None:
        """The last covered record, which the chain must have. None if none is covered."""
        return KeptHead(self.state.size, self.state.event_hash) if self.state.size else None

    @property
    def of_copy(self) -> Standing:
        """The same coverage, for a copy of the table, about which nothing is known."""
        state = replace(self.state, hold=None)
        return replace(self, state=state, watched=None, is_copy=True)

    @property
    def coverage(self) -> Coverage:
        """The coverage for a verdict.

        The chain is witnessed if any witness has cosigned the run, as this server says. A verifier
        with a policy decides which of them count.
        """
        found = self._covered if self.state.size else not_covered("no record is covered yet")
        return replace(
            found,
            log=self.origin,
            epoch=self.state.epoch,
            run=self.run,
            run_time=self.run_time,
            cosigned_at=self.cosigned_at,
            since=self.since,
            restarts=self.restarts,
            hold=self.state.hold,
            watched=self.watched,
        )

    def beside(self, findings: Mapping[str, object]) -> dict[str, object]:
        """These findings of a verification, as a response has them, with the standing."""
        is_valid = findings["valid"] and self.is_valid
        return {**findings, "valid": is_valid, "coverage": self.coverage.as_json()}

    @property
    def _covered(self) -> Coverage:
        status = Assurance.WITNESSED if self.cosigned_at else Assurance.OPERATOR_ONLY
        return Coverage(
            self.state.size,
            status,
            _AS_THE_SERVER_SAYS,
            created_at=format_time(self.state.last_created_at),
            covered_by=max(self.cosigned_at.values(), default=self.run_time),
        )


def standing_of(
    newest: NewestRun | None, past: LoggedPast, watched: Watched | None, workspace_id: str
) -> Standing:
    """The standing of a workspace in the newest run, which is None before the first one.

    `watched` is None before the watcher has written anything of the workspace.

    Reads the first run and each restart of the workspace, unless the process has read them before.
    Raises Unavailable, and DamagedItem when one of them, or the state, is gone or damaged.
    """
    state, watched = WorkspaceState(workspace_id), watched or _NOTHING
    if newest is None:
        return Standing(state, watched=watched)
    state = newest.workspace(workspace_id) or state
    return Standing(
        state,
        newest.origin,
        newest.run.number,
        newest.run.run_entry.time,
        past.since(),
        unchecked_times(newest.note),
        past.restarts(state),
        watched,
    )
