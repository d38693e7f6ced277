"""What the verdict on an export file says of its checkpoint."""

from __future__ import annotations

from dataclasses import dataclass

from ..export_file.checkpoint import NoCheckpoint
from ..export_file.manifest import Manifest
from ..tlog.policy import Policy
from ..verifying.file_checkpoint import Vouched, checkpoint_file_of, who_vouches
from .output import say
from .proof_words import format_seconds

_NONE = "the file has no checkpoint: it was made by a service that had checkpoints off"


@dataclass(frozen=True, slots=True)
class FileCoverage:
    """Up to where the records of a file are covered, and who vouches for it.

    `vouched` is None without a checkpoint, and `missing` says why then.
    """

    first_sequence: int
    last_sequence: int
    vouched: Vouched | None
    missing: str | None = None

    @property
    def covered(self) -> int:
        """The last sequence that is covered; 0 if none is."""
        return self.vouched.checkpoint.size if self.vouched else 0

    @property
    def unchecked(self) -> str | None:
        """Why the keys of a policy vouch for no record of the file; None if they do for some."""
        if self.vouched is None or self.vouched.assurance is None:
            return self.assurance
        is_covered = self.covered >= self.first_sequence
        return None if is_covered else f"not covered: the log had only records 1 to {self.covered}"

    @property
    def assurance(self) -> str:
        """Who vouches for the checkpoint, in a few words."""
        if self.vouched is None:
            return f"not covered: {self.missing}"
        if self.vouched.assurance is None:
            return f"signatures not checked: {self.vouched.unchecked}"
        if self.vouched.witnessed_at is None:
            return str(self.vouched.assurance)
        return f"{self.vouched.assurance} at {format_seconds(self.vouched.witnessed_at)}"

    def as_json(self) -> dict[str, object]:
        """The coverage as JSON."""
        vouched = self.vouched
        return {
            "log": vouched and vouched.checkpoint.origin,
            "epoch": vouched and vouched.checkpoint.epoch,
            "covered_to": self.covered,
            "run_at": vouched and format_seconds(vouched.run_time),
            "assurance": self.assurance,
        }

    def say(self) -> None:
        """Print it, and what is not covered."""
        if self.vouched is None:
            say(self.assurance)
            return
        covered, time = self.vouched.checkpoint, format_seconds(self.vouched.run_time)
        say(f"covered up to record {covered.size} by the log {covered.origin}, run at {time}")
        say(self.assurance)
        if covered.epoch:
            say(f"restarted {covered.epoch} times: covered records may have been lost before")
        if covered.size < self.last_sequence:
            say(f"records after {covered.size} were not covered when the file was made")


def coverage_of(manifest: Manifest, policy: Policy | None) -> FileCoverage:
    """Check the signatures of a file's checkpoint.

    Raises Unreadable or WrongProof when it is no checkpoint of the workspace, or the signatures are
    not those that the policy wants.
    """
    between, found = (manifest.first_sequence, manifest.head.sequence), manifest.checkpoint
    if isinstance(found, NoCheckpoint):
        return FileCoverage(*between, None, found.reason)
    proof = checkpoint_file_of(manifest)
    if proof is None:
        return FileCoverage(*between, None, _NONE)
    return FileCoverage(*between, who_vouches(proof, policy))
