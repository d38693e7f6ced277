"""Answers of the function for proofs: the verdict on a file, and the message of an error."""

from __future__ import annotations

from indelible.checkpoints.proof_file import read_proof_file
from indelible.verifying.proof import ProofVerdict, verify_proof
from support.contract import validator
from support.pipeline import Answer
from support.proving import POLICY


def verdict_of(answer: Answer) -> ProofVerdict:
    assert answer.status == 200, answer
    assert answer.headers["content-type"] == ["text/plain; charset=utf-8"]
    assert answer.headers["cache-control"] == ["no-store"]
    return verify_proof(read_proof_file(answer.text.encode()), POLICY)


def refused(answer: Answer, status: int, code: str) -> str:
    """The message of an error, which is as the contract says."""
    validator("/components/schemas/Error").validate(answer.json)
    assert (answer.status, answer.json["error"]) == (status, code)
    message: str = answer.json["message"]
    return message
