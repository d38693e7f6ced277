"""Verifying a proof file: its map is the one that the last entry of the log has."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256

import pytest
from indelible.chain.hashes import leaf_hash
from indelible.checkpoints.entries import RunEntry
from indelible.checkpoints.proof_file import ProofFile
from indelible.checkpoints.workspace_checkpoint import WorkspaceCheckpoint
from indelible.checkpoints.workspace_map import Row, leaf_of, map_leaf_hashes, row_key
from indelible.tlog.merkle import inclusion_path, root_of
from indelible.verifying.proof import Step, verify_proof
from support.builders import WORKSPACE
from support.proofs import (
    CHECKPOINT_FILE,
    POLICY,
    RUN_TIME,
    a_checkpoint,
    a_note,
    a_proof_file,
    failed,
    other_rows,
    rows_with,
)

Change = Callable[[WorkspaceCheckpoint], WorkspaceCheckpoint]


@pytest.mark.parametrize(
    "change",
    [
        lambda checkpoint: replace(checkpoint, size=12),
        lambda checkpoint: replace(checkpoint, epoch=1),
        lambda checkpoint: replace(checkpoint, root=sha256(b"other").digest()),
        lambda checkpoint: replace(checkpoint, workspace_id="ws_other"),
        lambda checkpoint: replace(checkpoint, origin="other.example.com/log"),
    ],
)
def test_a_changed_workspace_checkpoint_is_not_in_the_map(change: Change) -> None:
    proof = replace(CHECKPOINT_FILE, checkpoint=change(CHECKPOINT_FILE.checkpoint))
    assert failed(proof).step is Step.MAP


def logged(leaf: bytes, proof: ProofFile = CHECKPOINT_FILE) -> ProofFile:
    """A file with another leaf of the map, which a dishonest operator logged and signed."""
    key = row_key(WORKSPACE)
    hashes = map_leaf_hashes(sorted(other_rows()))
    hashes[leaf_of(key)] = leaf_hash(leaf)
    entry = RunEntry(RUN_TIME, root_of(hashes))
    leaves = [leaf_hash(b"entry"), leaf_hash(entry.encoded)]
    return replace(
        proof,
        leaf=leaf,
        map_path=tuple(inclusion_path(hashes, leaf_of(key))),
        log_index=1,
        log_path=(leaves[0],),
        note=a_note(leaves),
    )


def test_what_the_operator_logged_and_signed_must_still_be_a_map() -> None:
    leaf = CHECKPOINT_FILE.leaf
    rows = [leaf[at : at + 64] for at in range(0, len(leaf), 64)]
    assert verify_proof(logged(leaf), POLICY).log_size == 2
    own = Row(row_key(WORKSPACE), a_checkpoint().sha256)
    second = own.key + sha256(b"shown to somebody else").digest()
    stray = b"\xff" * 64
    for wrong in (
        b"".join(rows[::-1]),
        b"".join(sorted([*rows, second])),
        b"".join(sorted([*rows, *rows])),
        b"".join(sorted([*rows, stray])),
        leaf + b"\x00",
        b"".join(row for row in rows if not row.startswith(own.key)),
        b"",
    ):
        assert failed(logged(wrong)).step is Step.MAP


def test_another_time_is_not_that_of_the_logged_run() -> None:
    assert failed(replace(CHECKPOINT_FILE, time=RUN_TIME - 1)).step is Step.LOG


def test_an_older_run_is_not_shown_as_the_newest() -> None:
    """The old entry is in the newest tree of the log, with a path that is right."""
    old = CHECKPOINT_FILE
    map_root = root_of(map_leaf_hashes(rows_with(a_checkpoint())))
    leaves = [leaf_hash(RunEntry(RUN_TIME, map_root).encoded), leaf_hash(b"a newer run")]
    proof = replace(old, log_index=0, log_path=(leaves[1],), note=a_note(leaves))
    error = failed(proof)
    assert error.step is Step.LOG
    assert "not the last of 2" in str(error)


def test_a_run_of_another_log_is_not_one_of_this() -> None:
    foreign = a_proof_file(checkpoint=a_checkpoint(origin="other.example.com/log"))
    assert failed(foreign).step is Step.LOG


def test_a_wrong_path_in_the_log_is_refused() -> None:
    proof = replace(CHECKPOINT_FILE, log_path=CHECKPOINT_FILE.log_path[:-1])
    assert failed(proof).step is Step.LOG
