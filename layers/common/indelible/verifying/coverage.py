"""Coverage: up to where a chain is covered, as every verdict says it, with the same names.

A verdict on a table, on an export file, on a proof or a checkpoint file, and the one of the API all
have one. What a file does not show is None in its coverage.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from ..checkpoints.entries import RestartEntry
from ..checkpoints.watched import Watched
from ..checkpoints.workspace_checkpoint import WorkspaceCheckpoint
from ..checkpoints.workspace_state import Hold
from ..times import format_seconds, format_time


class Assurance(StrEnum):
    """Who vouches for what is covered."""

    WITNESSED = "witnessed"
    OPERATOR_ONLY = "signed_by_operator"
    NOT_CHECKED = "not_checked"
    NOT_COVERED = "not_covered"

    @property
    def words(self) -> str:
        """The same for people."""
        return _WORDS[self]


_WORDS = {
    Assurance.WITNESSED: "witnessed",
    Assurance.OPERATOR_ONLY: "signed by the operator only",
    Assurance.NOT_CHECKED: "signatures not checked",
    Assurance.NOT_COVERED: "not covered",
}


@dataclass(frozen=True, slots=True)
class Coverage:
    """How far a chain is covered. Times are Unix seconds, except those inside `hold` and `watched`.

    Records 1 to `size` are covered, in the epoch `epoch`, by the log with the origin `log`, as of
    the run `run` at `run_time`. Later records are not covered. `status` says who vouches for that,
    and `detail` what it leaves open. `cosigned_at` has the time of each witness, by its name.

    The record that was created at `created_at` (as the record has it) was covered by `covered_by`.
    It is the record of a proof, or else the last covered one. `since` is the time of the log's
    first run: nobody can find what was changed before.

    `restarts` are the newest of the `epoch` restarts, oldest first. `hold` is what keeps the chain
    from being covered further, and `watched` what the watcher has found.
    """

    size: int
    status: Assurance
    detail: str | None = None
    log: str | None = None
    epoch: int | None = None
    run: int | None = None
    run_time: int | None = None
    cosigned_at: Mapping[str, int] | None = None
    created_at: str | None = None
    covered_by: int | None = None
    since: int | None = None
    restarts: Sequence[RestartEntry] | None = None
    hold: Hold | None = None
    watched: Watched | None = None

    def as_json(self) -> dict[str, object]:
        """As `Coverage` in openapi.yaml has it."""
        watched, restarts = self.watched, self.restarts
        return {
            "covered_to": self.size,
            "status": self.status.value,
            "detail": self.detail,
            "covered_between": self._between(),
            "since": _seconds(self.since),
            "epoch": self.epoch,
            "restarts": None if restarts is None else [*map(restart_as_json, restarts)],
            "held": self.hold and hold_as_json(self.hold),
            "log": self.log,
            "run": self.run,
            "run_time": _seconds(self.run_time),
            "cosigned_at": self.cosigned_at and _times(self.cosigned_at),
            "findings": watched and findings_as_json(watched),
            "head_checked_at": _microseconds(watched.head_at) if watched else None,
            "records_checked_at": _microseconds(watched.round_at) if watched else None,
        }

    def _between(self) -> dict[str, object] | None:
        if self.covered_by is None:
            return None
        return {"from": self.created_at, "to": format_seconds(self.covered_by)}


def not_covered(detail: str) -> Coverage:
    """The coverage of a chain, or a file, of which nothing is known to be covered."""
    return Coverage(0, Assurance.NOT_COVERED, detail)


def coverage_of_file(
    checkpoint: WorkspaceCheckpoint, run_time: int, status: Assurance, detail: str | None = None
) -> Coverage:
    """The coverage that a file shows whose checkpoint is of a run at `run_time` (Unix seconds).

    Of restarts a file shows only how many there were.
    """
    return Coverage(
        checkpoint.size,
        status,
        detail,
        log=checkpoint.origin,
        epoch=checkpoint.epoch,
        run_time=run_time,
        covered_by=run_time,
        restarts=None if checkpoint.epoch else (),
    )


def hold_as_json(hold: Hold) -> dict[str, object]:
    """A hold as `Finding` in openapi.yaml."""
    return _finding(hold.kind, hold.sequence, hold.since, hold.reason)


def findings_as_json(watched: Watched) -> list[dict[str, object]]:
    """What the watcher has found, each as `Finding` in openapi.yaml."""
    return [_finding(e.kind, e.sequence, e.since, e.detail) for e in watched.findings]


def restart_as_json(restart: RestartEntry) -> dict[str, object]:
    """A restart as `Restart` in openapi.yaml."""
    return {
        "time": format_seconds(restart.time),
        "old_size": restart.old_size,
        "kept_size": restart.kept_size,
        "lost": len(restart.lost),
        "reason_sha256": restart.reason_sha256.hex(),
    }


def _finding(kind: str, sequence: int, since: int, detail: str) -> dict[str, object]:
    return {"type": kind, "sequence": sequence, "since": format_time(since), "detail": detail}


def _times(cosigned_at: Mapping[str, int]) -> dict[str, str]:
    return {name: format_seconds(time) for name, time in cosigned_at.items()}


def _seconds(time: int | None) -> str | None:
    return None if time is None else format_seconds(time)


def _microseconds(time: int) -> str | None:
    return format_time(time) if time else None
