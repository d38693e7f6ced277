"""The published proof file, made without our code: we accept it, and write the same bytes."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

from indelible.chain.hashes import leaf_hash
from indelible.checkpoints.proof_file import read_proof_file
from indelible.tlog.policy import policy_of, read_policy
from indelible.verifying.coverage import Assurance
from indelible.verifying.proof import verify_proof
from support.notes import LOG

FOLDER = Path(__file__).parents[1] / "vectors"
PROOF = (FOLDER / "reference.tlog-proof").read_bytes()
POLICY = (FOLDER / "reference.policy").read_bytes()


def test_the_published_files_are_unchanged() -> None:
    assert (
        sha256(PROOF).hexdigest()
        == "705753eb9b582aa9d4149ddb91def5c62caf865abf1c070eaf8c7b66ce69ac9f"
    )
    assert (
        sha256(POLICY).hexdigest()
        == "7b91f7be504109daef4e38b0a1c6f04e67bf38f621f8ecb8b96d62552ae0b61f"
    )


def test_the_published_proof_is_accepted_with_the_published_policy() -> None:
    verdict = verify_proof(read_proof_file(PROOF), read_policy(POLICY))
    assert verdict.assurance is Assurance.WITNESSED
    assert verdict.checkpoint.workspace_id == "ws_4kT9mQ2vXbN7cRd1"
    assert verdict.checkpoint.size == 3
    assert (verdict.run_time, verdict.witnessed_at) == (1_795_465_408, 1_795_465_410)
    assert verdict.record
    assert verdict.record.id == "019ab2c3-7d00-7000-8000-000000000002"


def test_the_published_proof_is_accepted_with_the_log_key_alone() -> None:
    verdict = verify_proof(read_proof_file(PROOF), policy_of(LOG.key))
    assert verdict.assurance is Assurance.OPERATOR_ONLY


def test_the_published_proof_is_of_the_published_chain() -> None:
    record = json.loads((FOLDER / "reference.json").read_text("utf-8"))["records"][1]
    event = read_proof_file(PROOF).event
    assert event
    assert event.record == record["record"].encode()
    assert leaf_hash(event.record).hex() == record["leaf_hash"]


def test_we_write_the_published_bytes() -> None:
    assert read_proof_file(PROOF).encoded == PROOF
