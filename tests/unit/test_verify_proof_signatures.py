"""Verifying a proof file: whose signatures count, and how old they may be."""

from __future__ import annotations

from dataclasses import replace

from indelible.chain.hashes import leaf_hash
from indelible.tlog.note import Note
from indelible.tlog.policy import NO_QUORUM, policy_of, read_policy
from indelible.verifying.coverage import Assurance
from indelible.verifying.proof import AgeLimit, Step, verify_proof
from support.notes import LOG, Signer
from support.proofs import (
    CHECKPOINT_FILE,
    EVENT_FILE,
    POLICY,
    RUN_TIME,
    WITNESSED_AT,
    a_note,
    failed,
)


def test_without_witnesses_in_the_policy_the_operator_alone_vouches() -> None:
    verdict = verify_proof(EVENT_FILE, policy_of(LOG.key))
    assert verdict.assurance.words == "signed by the operator only"
    assert verdict.witnessed_at is None
    assert verdict.cosigned_at == {}


def test_witnesses_whom_the_policy_does_not_need_do_not_make_it_witnessed() -> None:
    verdict = verify_proof(EVENT_FILE, replace(POLICY, quorum=NO_QUORUM))
    assert verdict.assurance is Assurance.OPERATOR_ONLY
    assert verdict.cosigned_at.keys() == {"w1", "w2"}


def test_a_log_that_the_verifier_does_not_trust_is_refused() -> None:
    error = failed(CHECKPOINT_FILE, policy_of(Signer("audit.example.com/other").key))
    assert error.step is Step.SIGNATURE


def test_a_signature_of_another_tree_is_refused() -> None:
    other = a_note([leaf_hash(b"other")])
    note = Note(
        CHECKPOINT_FILE.note.text, (other.signatures[0], *CHECKPOINT_FILE.note.signatures[1:])
    )
    assert failed(replace(CHECKPOINT_FILE, note=note)).step is Step.SIGNATURE


def test_a_cosignature_of_another_tree_is_refused_even_if_no_quorum_is_needed() -> None:
    other = a_note([leaf_hash(b"other")])
    note = Note(
        CHECKPOINT_FILE.note.text, (*CHECKPOINT_FILE.note.signatures[:2], other.signatures[2])
    )
    proof = replace(CHECKPOINT_FILE, note=note)
    assert failed(proof, replace(POLICY, quorum=NO_QUORUM)).step is Step.SIGNATURE


def test_a_proof_without_signatures_that_count_is_refused() -> None:
    stranger = Signer("stranger.example")
    note = Note(CHECKPOINT_FILE.note.text, (stranger.sign(CHECKPOINT_FILE.note.text),))
    assert failed(replace(CHECKPOINT_FILE, note=note)).step is Step.SIGNATURE


def test_too_few_witnesses_are_refused_and_named() -> None:
    note = Note(CHECKPOINT_FILE.note.text, CHECKPOINT_FILE.note.signatures[:2])
    error = failed(replace(CHECKPOINT_FILE, note=note))
    assert error.step is Step.WITNESSES
    assert "w1" in str(error)
    assert verify_proof(replace(CHECKPOINT_FILE, note=note), replace(POLICY, quorum="w1")).steps


def test_the_witnesses_say_how_old_a_proof_is() -> None:
    limit = AgeLimit(now=WITNESSED_AT + 600, seconds=600)
    assert verify_proof(EVENT_FILE, POLICY, limit).steps[-1] is Step.AGE
    error = failed(EVENT_FILE, POLICY, replace(limit, now=WITNESSED_AT + 601))
    assert error.step is Step.AGE
    assert "601 seconds old" in str(error)


def test_without_witnesses_the_operator_says_how_old_a_proof_is() -> None:
    policy = policy_of(LOG.key)
    verify_proof(EVENT_FILE, policy, AgeLimit(RUN_TIME + 600, 600))
    assert failed(EVENT_FILE, policy, AgeLimit(RUN_TIME + 601, 600)).step is Step.AGE


def test_a_time_far_ahead_does_not_make_a_proof_new_for_ever() -> None:
    verify_proof(EVENT_FILE, POLICY, AgeLimit(WITNESSED_AT - 300, 600))
    error = failed(EVENT_FILE, POLICY, AgeLimit(WITNESSED_AT - 301, 600))
    assert error.step is Step.AGE
    assert "ahead" in str(error)


def test_an_old_proof_stays_valid_for_those_who_do_not_ask_for_its_age() -> None:
    assert Step.AGE not in verify_proof(EVENT_FILE, POLICY).steps


def test_a_failed_step_can_be_printed_whatever_the_names_in_the_policy() -> None:
    policy = read_policy(
        b"log %s\nwitness \xff %s\nquorum \xff\n"
        % (LOG.key.text.encode(), Signer("absent.example").witness_key.text.encode())
    )
    assert "The quorum ? is not met" in str(failed(CHECKPOINT_FILE, policy)).encode().decode()
