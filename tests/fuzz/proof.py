"""Readers of all that holders of proofs, witnesses and other runs get, against changed bytes.

An input is the name of a kind, a line feed, and bytes of that kind. What is read is read in one
spelling only. What verifies says only what the log of the corpus has.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from indelible.checkpoints.consistency import read_consistency
from indelible.checkpoints.entries import RestartEntry
from indelible.checkpoints.proof_file import ProofFile, read_proof_file
from indelible.errors import Unreadable, WrongProof
from indelible.tlog.endorsement import evaluate
from indelible.tlog.policy import NO_QUORUM, Policy, read_policy
from indelible.tlog.witness import Cosigned, OtherSize, read_answer
from indelible.verifying.consistency import verify_consistency
from indelible.verifying.proof import FailedStep, ProofVerdict, verify_proof
from support.notes import FIRST, LOG, SECOND
from support.proofs import RUN_TIME, a_note
from support.proving import POLICY

from . import proof_objects
from .proof_log import the_log

NOTE = a_note([bytes([n]) * 32 for n in range(3)])
"""Signed by LOG, and cosigned by FIRST and SECOND."""


def check(case: bytes) -> None:
    """Read the input. AssertionError, or any escaped exception, names the broken promise."""
    kind, _, content = case.partition(b"\n")
    CHECKS[kind.decode("latin1")](content)


def _check_proof(content: bytes) -> None:
    try:
        proof = read_proof_file(content)
    except Unreadable:
        return
    assert proof.encoded == content, "a second spelling"
    with suppress(FailedStep):
        _check_statement(proof, verify_proof(proof, POLICY))


def _check_statement(proof: ProofFile, verdict: ProofVerdict) -> None:
    """Check that the log has what a proof that verifies says."""
    covered = the_log().covered.get(proof.checkpoint)
    assert covered is not None, "nobody covered this"
    assert _place(proof) in map(_place, the_log().files.values()), "not of this run"
    assert verdict.witnessed_at in _witnessed_at(), "not cosigned then"
    if proof.event:
        assert verdict.record is not None
        assert covered[proof.event.index] == proof.event.record, "another record"
        assert verdict.record.sequence == proof.event.index + 1


def _place(proof: ProofFile) -> tuple[object, ...]:
    return proof.checkpoint, proof.time, proof.log_index, proof.note.text


def _witnessed_at() -> set[int | None]:
    return {each.time for each in the_log().deployment.witnesses}


def _check_answer(content: bytes) -> None:
    try:
        grown = verify_consistency(the_log().old, read_consistency(content), POLICY)
    except (Unreadable, FailedStep):
        return
    log = the_log()
    now = log.covered.get(grown.newest.checkpoint)
    assert now is not None, "nobody covered this"
    runs = [each for each in log.deployment.runs if each.checkpoint.size <= grown.newest.log_size]
    assert runs[-1].checkpoint.size == grown.newest.log_size, "not of a run"
    entries = [entry for each in runs for entry in each.entries]
    restarts = [entry for entry in entries if isinstance(entry, RestartEntry)]
    before = log.covered[log.old.checkpoint]
    kept = min([len(before), *(each.kept_size for each in restarts)])
    assert ([*grown.restarts], grown.kept) == (restarts, kept), "other restarts"
    assert grown.is_shown is (now[: len(before)] == before), "shown, and it is not so"
    assert grown.since in {each.run_entry.time for each in runs}, "no run was then"


def _check_policy(content: bytes) -> None:
    try:
        policy = read_policy(content)
    except Unreadable:
        return
    try:
        found = evaluate(policy, NOTE)
    except (WrongProof, Unreadable):
        assert LOG.key not in policy.logs, "a note of the policy's log was refused"
        return
    assert found.log == LOG.key, "another log signed"
    assert found.is_quorum_met is _is_met(policy), "the quorum was counted wrongly"


def _is_met(policy: Policy) -> bool:
    """Whether FIRST and SECOND are enough, counted the plain way."""
    cosigners = (FIRST.witness_key, SECOND.witness_key)
    met = {name for name, key in policy.witnesses.items() if key in cosigners}
    for name, group in policy.groups.items():
        if len(met & {*group.members}) >= group.threshold:
            met.add(name)
    return policy.quorum in {NO_QUORUM, *met}


def _check_witness(content: bytes) -> None:
    """The content is the status, the content type, and after a line feed the answer's body."""
    first, _, body = content.partition(b"\n")
    status, _, content_type = first.decode("latin1").partition(" ")
    number = int(status) if status.isdecimal() and len(status) == len("200") else 0
    try:
        answer = read_answer(number, content_type, body, NOTE, FIRST.witness_key)
    except (Unreadable, WrongProof):
        return
    if isinstance(answer, Cosigned):
        assert (answer.signature, answer.time) == (NOTE.signatures[1], RUN_TIME + 2), "another note"
    elif isinstance(answer, OtherSize):
        assert body == b"%d\n" % answer.size, "a second spelling"


CHECKS: dict[str, Callable[[bytes], None]] = {
    "proof": _check_proof,
    "answer": _check_answer,
    "policy": _check_policy,
    "witness": _check_witness,
    **proof_objects.CHECKS,
}
