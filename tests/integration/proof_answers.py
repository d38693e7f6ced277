"""The verdict on a file that the function for proofs returned."""

from __future__ import annotations

from indelible.checkpoints.proof_file import read_proof_file
from indelible.verifying.proof import ProofVerdict, verify_proof
from support.pipeline import Answer
from support.proving import POLICY


def verdict_of(answer: Answer) -> ProofVerdict:
    assert answer.status == 200, answer
    assert answer.headers["content-type"] == ["text/plain; charset=utf-8"]
    assert answer.headers["cache-control"] == ["no-store"]
    return verify_proof(read_proof_file(answer.text.encode()), POLICY)
