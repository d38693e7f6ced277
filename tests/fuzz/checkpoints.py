"""Checkpoints of the chains that the corpus was exported from, for export files of version 2."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

from indelible.checkpoints.proof_file import ProofFile
from indelible.checkpoints.workspace_checkpoint import WorkspaceCheckpoint
from indelible.export_file.checkpoint import FileCheckpoint
from indelible.tlog.merkle import root_of
from indelible.tlog.note import Note
from indelible.tlog.tile_proofs import hashes_beside
from support.builders import WORKSPACE
from support.notes import Signer
from support.proofs import ORIGIN, a_proof_file

STRANGER = Signer(ORIGIN, "a stranger's seed")
"""Has the name of the log, and another key."""


def checkpoint_of(leaves: Sequence[bytes]) -> WorkspaceCheckpoint:
    """What covers a chain of these leaf hashes."""
    return WorkspaceCheckpoint(ORIGIN, WORKSPACE, 0, len(leaves), root_of(leaves))


@cache
def checkpoint_file(leaves: tuple[bytes, ...]) -> ProofFile:
    """The checkpoint file of a chain of these leaf hashes, signed and cosigned."""
    return a_proof_file(checkpoint=checkpoint_of(leaves))


def by_a_stranger(proof: ProofFile) -> ProofFile:
    """The file as somebody would forge it, who cannot sign for the log."""
    text = proof.note.text
    note = Note(text, (STRANGER.sign(text), *proof.note.signatures[1:]))
    return replace(proof, note=note)


def in_a_file(
    proof: ProofFile, leaves: Sequence[bytes], first_sequence: int, last_sequence: int
) -> FileCheckpoint:
    """A checkpoint in an export of the records from the first to the last sequence.

    `leaves` are those of the whole chain, as far as it is known. The hashes beside the records are
    right if the chain is the one that is covered.
    """
    size = proof.checkpoint.size
    part = range(first_sequence - 1, min(last_sequence, size))
    if not part or len(leaves) < size:
        return FileCheckpoint(proof.encoded, (), ())

    def read_tile(_: int, __: int, width: int) -> bytes:
        return b"".join(leaves[:width])

    left, right = hashes_beside(part, size, read_tile)
    return FileCheckpoint(proof.encoded, tuple(left), tuple(right))
