"""Standing: what the log and the watcher say of a chain, beside what its own records show."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..checkpoints.watched import Finding, Watched
from ..checkpoints.workspace_state import Hold, WorkspaceState
from ..times import SECOND, format_time
from ..verifying.kept_head import KeptHead
from .coverage import Restart
from .newest import NewestRun

_NOTHING = Watched((), 0, 0)


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a chain is covered as of a run, what holds it, and what the watcher has found.

    `run_time` is in seconds. `run` is 0 before the first one. `restarts` are there for who has
    looked for them. `is_copy` is for a copy of the table, which may be older than the run.
    """

    state: WorkspaceState
    run: int
    run_time: int
    watched: Watched
    restarts: tuple[Restart, ...] = ()
    is_copy: bool = False

    @property
    def is_valid(self) -> bool:
        """Whether nothing holds the workspace, and the watcher has found nothing but warnings."""
        return self.state.hold is None and self.watched.is_valid

    @property
    def covered_head(self) -> KeptHead | None:
        """The last covered record, which the chain must have. None if none is covered."""
        return KeptHead(self.state.size, self.state.event_hash) if self.state.size else None

    @property
    def of_copy(self) -> Standing:
        """The same coverage, for a copy of the table, about which nothing is known."""
        state = replace(self.state, hold=None)
        return replace(self, state=state, watched=_NOTHING, is_copy=True)

    @property
    def public(self) -> dict[str, object]:
        """As `Coverage` in openapi.yaml has it."""
        return {
            "size": self.state.size,
            "epoch": self.state.epoch,
            "run": self.run,
            "covered_at": format_time(self.run_time * SECOND) if self.run else None,
            "hold": _public_hold(self.state.hold),
            "findings": [_public_finding(each) for each in self.watched.findings],
            "head_checked_at": _time(self.watched.head_at),
            "records_checked_at": _time(self.watched.round_at),
        }


def standing_of(newest: NewestRun | None, watched: Watched | None, workspace_id: str) -> Standing:
    """The standing of a workspace in the newest run; None is that before the first run.

    Calls nothing. Raises DamagedItem when the state is damaged.
    """
    state = newest.workspace(workspace_id) if newest else None
    return Standing(
        state or WorkspaceState(workspace_id),
        newest.run.number if newest else 0,
        newest.run.run_entry.time if newest else 0,
        watched or _NOTHING,
    )


def _time(microseconds: int) -> str | None:
    return format_time(microseconds) if microseconds else None


def _public_hold(hold: Hold | None) -> dict[str, object] | None:
    if hold is None:
        return None
    return _public(hold.kind, hold.sequence, hold.since, hold.reason)


def _public_finding(finding: Finding) -> dict[str, object]:
    return _public(finding.kind, finding.sequence, finding.since, finding.detail)


def _public(kind: str, sequence: int, since: int, detail: str) -> dict[str, object]:
    return {"type": kind, "sequence": sequence, "since": format_time(since), "detail": detail}
