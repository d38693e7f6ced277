"""Checkpoint files and proofs of events, checked from the log's key down to the record."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from indelible.chain.hashes import leaf_hash
from indelible.checkpoints.entries import RunEntry
from indelible.checkpoints.proof_file import ProofFile
from indelible.checkpoints.workspace_map import leaf_of, row_key
from indelible.proving.checkpoint_file import make_checkpoint_file
from indelible.proving.event_proof import prove_event
from indelible.tlog.checkpoint import Checkpoint
from indelible.tlog.keys import VerifierKey
from indelible.tlog.merkle import root_of_path
from indelible.tlog.note import Note
from support.builders import records_of
from support.deployment import Deployment
from support.notes import FIRST, LOG, SECOND, THIRD
from support.proving import runs_of

from independent.logs import a_log, newest_of
from independent.programs import run_script

WITNESSES = (FIRST.witness_key, SECOND.witness_key)
CHAIN, RECORDS = "ws_proved", 600
SEQUENCES = [1, 2, 255, 256, 257, 511, 512, 513, 599, 600]


@pytest.fixture(scope="module")
def log() -> Deployment:
    """A log of 60 runs. One workspace of many has a chain of three tiles."""
    log = a_log(50)
    neighbours = (f"ws_{number}" for number in range(100_000))
    leaf = leaf_of(row_key(CHAIN))
    near = [each for each in neighbours if leaf_of(row_key(each)) == leaf][:2]
    assert len(near) == 2
    for each in near:
        log.grow(each, 2)
    for counts in ((100, 200, 1), (9, 10, 280)):
        log.grow(CHAIN, *counts)
        log.run()
    return log


def proof_of(log: Deployment, sequence: int) -> ProofFile:
    """The proof of a record of the chain."""
    record = records_of(log.ledger.chain(CHAIN))[sequence - 1]
    return prove_event(runs_of(log), log.bucket, log.ledger, CHAIN, sequence, record, log.now)


def check(
    proof: bytes, key: VerifierKey = LOG.key, witnesses: Sequence[VerifierKey] = WITNESSES
) -> dict[str, Any]:
    """What their program says. All witnesses must have cosigned."""
    return run_script(
        "check_proof",
        proof=b64encode(proof).decode(),
        key=key.text,
        witnesses=[each.text for each in witnesses],
        quorum=len(witnesses),
    )


def test_the_checkpoint_file_of_each_workspace_verifies(log: Deployment) -> None:
    newest = newest_of(log)
    for state in log.state.workspaces:
        file = make_checkpoint_file(newest, state.workspace_id)
        assert check(file.encoded) == {
            "entry": log.runs[-1].run_entry.encoded.decode(),
            "workspace": file.checkpoint.text.decode(),
            "record": None,
        }


@pytest.mark.parametrize("sequence", SEQUENCES)
def test_the_proof_of_a_record_verifies_and_holds_the_record(
    log: Deployment, sequence: int
) -> None:
    record = records_of(log.ledger.chain(CHAIN))[sequence - 1]
    answer = check(proof_of(log, sequence).encoded)
    assert answer["record"] == record.decode()
    assert answer["workspace"].split("\n")[1] == str(RECORDS)


def shallow(proof: ProofFile) -> ProofFile:
    """A checkpoint file whose map has one level less. The log has signed it all the same."""
    index, siblings = leaf_of(row_key(CHAIN)), proof.map_path[:11]
    root = root_of_path(index % 2**11, 2**11, leaf_hash(proof.leaf), siblings)
    entry = leaf_hash(RunEntry(proof.time, root).encoded)
    text = Checkpoint(LOG.name, 1, entry).text
    note = Note(text, (LOG.sign(text),))
    return replace(proof, note=note, log_index=0, log_path=(), map_path=siblings, event=None)


def test_a_proof_for_another_record_key_witness_or_workspace_is_refused(log: Deployment) -> None:
    proof = proof_of(log, 300)
    assert proof.event
    other = replace(proof.event, record=records_of(log.ledger.chain(CHAIN))[300])
    wrong_index = replace(proof.event, index=300)
    named = replace(proof.checkpoint, workspace_id="ws_first")
    for altered in (
        replace(proof, event=other),
        replace(proof, event=wrong_index),
        replace(proof, checkpoint=named),
        replace(proof, checkpoint=replace(proof.checkpoint, size=601)),
        replace(proof, checkpoint=replace(proof.checkpoint, epoch=1)),
        replace(proof, time=proof.time + 1),
        replace(proof, leaf=proof.leaf[64:]),
        replace(proof, log_index=proof.log_index - 1),
        replace(proof, map_path=proof.map_path[::-1]),
        replace(proof, note=log.runs[-2].note),
    ):
        assert "refused" in check(altered.encoded)
    assert check(shallow(proof).encoded, witnesses=[]) == {"refused": "the depth of the map"}
    assert "refused" in check(proof.encoded, key=THIRD.key)
    assert "refused" in check(proof.encoded, witnesses=[*WITNESSES, THIRD.witness_key])
