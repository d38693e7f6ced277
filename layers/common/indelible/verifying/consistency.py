"""Verifying that nothing of an older proof file was taken back: the log and the chain only grew.

The holder keeps a proof file. The log answers with its newest checkpoint file and with paths from
the old trees to the newest (`checkpoints/consistency.py`). Both files are verified with the same
policy. So an operator who has shown this holder another log than he has now cannot hide it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..chain.hashes import leaf_hash
from ..checkpoints.consistency import Consistency, Path, PlacedEntry
from ..checkpoints.entries import Entry, RestartEntry, read_entry, read_run_entry
from ..checkpoints.proof_file import ProofFile, read_proof_file
from ..checkpoints.workspace_checkpoint import WorkspaceCheckpoint
from ..checkpoints.workspace_map import row_key
from ..errors import WrongProof
from ..tlog.checkpoint import Checkpoint, read_checkpoint
from ..tlog.merkle import check_consistency, check_inclusion
from ..tlog.policy import Policy
from .coverage import Coverage
from .proof import AgeLimit, ProofVerdict, Step, checking, verify_proof


@dataclass(frozen=True, slots=True)
class Grown:
    """What the log of today has of an older proof file.

    `newest` is the verdict on the newest checkpoint file. `since` is the time of the log's first
    run (Unix seconds): nobody can find what was changed before. `restarts` are those that ended
    the epoch of the old file or a later one. They kept the first `kept` records of the old file.

    `is_shown` says whether the newest tree was shown to begin with these. It is False after a
    restart that lost some of them, and until the new epoch has come as far.
    """

    newest: ProofVerdict
    since: int
    restarts: tuple[RestartEntry, ...]
    kept: int
    is_shown: bool

    @property
    def coverage(self) -> Coverage:
        """The coverage of today. Of its restarts it has those since the old file's epoch."""
        found = self.newest.coverage
        return replace(found, since=self.since, restarts=self.restarts or found.restarts)


def verify_consistency(
    old: ProofFile, answer: Consistency, policy: Policy, age_limit: AgeLimit | None = None
) -> Grown:
    """Check that the log and the workspace of the answer go on from those of the old file.

    The old file must have been verified already. The limit is for the age of the newest file.
    Raises FailedStep at the first step that fails, Unreadable when the answer has no checkpoint
    file, and MissingPackage.
    """
    file = read_proof_file(answer.checkpoint.encode())
    newest = verify_proof(file, policy, age_limit)
    steps = list[Step]()
    log = read_checkpoint(file.note.text)
    with checking(Step.LOG_GROWTH, steps):
        _check_log(read_checkpoint(old.note.text), log, answer.log)
        since = read_run_entry(_checked(answer.first, log)).time
    with checking(Step.WORKSPACE_GROWTH, steps):
        logged = [read_entry(_checked(each, log)) for each in answer.restarts]
        restarts = _restarts_since(old.checkpoint, file.checkpoint, logged)
        kept = min([old.checkpoint.size, *(each.kept_size for each in restarts)])
        is_shown = _check_workspace(
            old.checkpoint, file.checkpoint, answer.workspace, kept, is_restarted=bool(restarts)
        )
    return Grown(newest, since, restarts, kept, is_shown)


def _check_log(old: Checkpoint, newest: Checkpoint, path: Path | None) -> None:
    if old.origin != newest.origin:
        raise WrongProof(f"The newest checkpoint is one of another log, {newest.origin}.")
    if path is None or newest.size < old.size:
        raise WrongProof(f"The log has {newest.size} entries, and had {old.size} before.")
    check_consistency(old.size, newest.size, old.root, newest.root, path)


def _checked(placed: PlacedEntry, log: Checkpoint) -> bytes:
    """An entry's bytes. Raises WrongProof unless the log has it where the answer says."""
    check_inclusion(placed.index, log.size, leaf_hash(placed.entry), placed.path, log.root)
    return placed.entry


def _restarts_since(
    old: WorkspaceCheckpoint, newest: WorkspaceCheckpoint, logged: list[Entry]
) -> tuple[RestartEntry, ...]:
    """The restarts that ended the epoch of the old checkpoint and each after it, in order.

    Raises WrongProof unless the log has one for each.
    """
    if newest.workspace_id != old.workspace_id:
        raise WrongProof(f"The newest checkpoint is one of the workspace {newest.workspace_id}.")
    key = row_key(old.workspace_id)
    found = [
        each
        for each in logged
        if isinstance(each, RestartEntry) and each.key == key and each.old_epoch >= old.epoch
    ]
    if [each.old_epoch for each in found] != [*range(old.epoch, newest.epoch)]:
        raise WrongProof(
            f"The workspace is in epoch {newest.epoch} and was in epoch {old.epoch}, and the log"
            " has no restart for each epoch that ended."
        )
    return tuple(found)


def _check_workspace(
    old: WorkspaceCheckpoint,
    newest: WorkspaceCheckpoint,
    path: Path | None,
    kept: int,
    *,
    is_restarted: bool,
) -> bool:
    """Whether the newest tree begins with that of the old checkpoint. WrongProof if it must."""
    if is_restarted and (kept < old.size or newest.size < old.size):
        return False
    if path is None or newest.size < old.size:
        raise WrongProof(f"{newest.size} records are covered, and {old.size} were before.")
    check_consistency(old.size, newest.size, old.root, newest.root, path)
    return True
