"""The checkpoint in an export file: compared with the file's records, then checked by its keys.

The first needs no key and no package, and is a part of verifying the file. The second shows who
vouches for the checkpoint, to somebody who trusts the keys of a policy.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..checkpoints.proof_file import ProofFile, read_proof_file
from ..errors import MissingPackage, Unreadable, WrongProof
from ..export_file.checkpoint import FileCheckpoint
from ..export_file.manifest import Manifest
from ..tlog.compact_range import CompactRange
from ..tlog.policy import Policy
from .breaks import Break, checkpoint_mismatch
from .coverage import Assurance, Coverage, coverage_of_file
from .proof import check_unsigned, verify_proof


class CoveredLeaves:
    """The leaf hashes of a file, folded as they are read, to compare them with its checkpoint.

    Leaves beyond the size of the checkpoint are passed over.
    """

    def __init__(self, manifest: Manifest) -> None:
        self._last = manifest.head.sequence
        self._wrong: str | None = None
        self._tree: CompactRange | None = None
        self._wanted = 0
        try:
            self._begin(manifest)
        except (Unreadable, WrongProof) as error:
            self._wrong = str(error)

    def _begin(self, manifest: Manifest) -> None:
        proof = checkpoint_file_of(manifest)
        if proof is None or not isinstance(manifest.checkpoint, FileCheckpoint):
            return
        check_unsigned(proof)
        before, left = manifest.first_sequence - 1, manifest.checkpoint.left
        wanted = min(manifest.head.sequence, proof.checkpoint.size) - before
        if wanted <= 0:
            return
        if len(left) != before.bit_count():
            raise WrongProof(f"There are {len(left)} hashes left of record {before + 1}.")
        self._tree, self._wanted = CompactRange(before, left), wanted
        self._covered, self._right = proof.checkpoint, manifest.checkpoint.right

    def add(self, leaf_hashes: Sequence[bytes]) -> None:
        """Add the leaf hashes that follow. At once, while they are in the processor's cache."""
        if self._tree is not None and self._wanted > 0:
            self._tree = self._tree.extended(leaf_hashes[: self._wanted])
            self._wanted -= len(leaf_hashes)

    def stop(self) -> None:
        """A place in the file has no leaf hash. That is a break, and nothing can be compared."""
        self._tree = None

    def check(self) -> Break | None:
        """The break if the file's records are not those that are covered. Call it last."""
        if self._wrong is not None:
            return checkpoint_mismatch(self._last, None, None, self._wrong)
        if self._tree is None:
            return None
        tree, covered = self._tree, self._covered
        try:
            root = tree.root_with(covered.size, self._right)
        except WrongProof as error:
            return checkpoint_mismatch(tree.size, covered.root, None, str(error))
        if root == covered.root:
            return None
        reason = "the file's records, or the hashes beside them, are not those covered"
        return checkpoint_mismatch(tree.size, covered.root, root, reason)


def checkpoint_file_of(manifest: Manifest) -> ProofFile | None:
    """The checkpoint file in an export file; None without one.

    Raises Unreadable when it is no checkpoint file, and WrongProof when it is another workspace's.
    """
    if not isinstance(manifest.checkpoint, FileCheckpoint):
        return None
    proof = read_proof_file(manifest.checkpoint.file)
    if proof.checkpoint.workspace_id != manifest.workspace_id:
        raise WrongProof("The checkpoint is that of another workspace.")
    if proof.event is not None:
        raise Unreadable("the checkpoint of an export is not one of an event")
    return proof


def who_vouches(proof: ProofFile, policy: Policy | None) -> Coverage:
    """The coverage of a file by its checkpoint: its signatures are checked with a policy.

    Without one, or without the package for it, `detail` says so. Raises FailedStep when the
    signatures are not what the policy wants.
    """
    if policy is None:
        return _unchecked(proof, "give the keys that you trust with --policy FILE")
    try:
        return verify_proof(proof, policy).coverage
    except MissingPackage as error:
        return _unchecked(proof, str(error))


def _unchecked(proof: ProofFile, why: str) -> Coverage:
    return coverage_of_file(proof.checkpoint, proof.time, Assurance.NOT_CHECKED, why)
