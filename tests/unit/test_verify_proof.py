"""Verifying a proof file: it shows what it says, of its record, or the step that fails is named."""

from __future__ import annotations

from dataclasses import replace

import pytest
from indelible.errors import WrongProof
from indelible.verifying.proof import Step, verify_proof
from support.builders import WORKSPACE
from support.proofs import (
    CHECKPOINT_FILE,
    EVENT_FILE,
    POLICY,
    RUN_TIME,
    WITNESSED_AT,
    a_checkpoint,
    a_proof_file,
    an_event_proof,
    failed,
    records_of_chain,
)


def test_a_proof_of_an_event_shows_the_record_and_how_far_the_chain_is_covered() -> None:
    verdict = verify_proof(EVENT_FILE, POLICY)
    assert verdict.record
    assert verdict.record.sequence == 5
    assert verdict.checkpoint == a_checkpoint()
    assert verdict.checkpoint.size == 11
    assert verdict.log_size == 7
    assert verdict.run_time == RUN_TIME
    assert verdict.witnessed_at == WITNESSED_AT
    assert verdict.cosigned_at == {"w1": WITNESSED_AT, "w2": WITNESSED_AT}
    assert verdict.assurance.words == "witnessed"
    assert verdict.steps == (
        "record", "workspace tree", "map", "log", "signature", "witnesses",
    )  # fmt: skip
    assert not verdict.is_restarted


def test_a_checkpoint_file_shows_how_far_the_chain_is_covered() -> None:
    verdict = verify_proof(CHECKPOINT_FILE, POLICY)
    assert verdict.record is None
    assert verdict.checkpoint == a_checkpoint()
    assert verdict.steps == ("map", "log", "signature", "witnesses")


@pytest.mark.parametrize("index", range(11))
def test_each_record_of_a_chain_is_proved(index: int) -> None:
    verdict = verify_proof(a_proof_file(an_event_proof(index)), POLICY)
    assert verdict.record
    assert verdict.record.sequence == index + 1


@pytest.mark.parametrize("log_size", [1, 2, 8, 9])
def test_a_log_of_any_size_has_its_newest_run_last(log_size: int) -> None:
    assert verify_proof(a_proof_file(log_size=log_size), POLICY).log_size == log_size


def test_a_restarted_chain_is_never_plainly_valid() -> None:
    verdict = verify_proof(a_proof_file(checkpoint=replace(a_checkpoint(), epoch=1)), POLICY)
    assert verdict.is_restarted


def test_the_proof_of_one_event_does_not_prove_another() -> None:
    other = records_of_chain()[5]
    event = an_event_proof(4)
    assert failed(a_proof_file(replace(event, record=other))).step is Step.RECORD
    moved = replace(event, record=other, index=5)
    assert failed(a_proof_file(moved)).step is Step.WORKSPACE_TREE
    assert failed(a_proof_file(replace(event, index=5))).step is Step.RECORD


def test_a_changed_record_is_not_proved() -> None:
    event = an_event_proof(4)
    for changed in (
        event.record.replace(b"document.created", b"document.deleted"),
        event.record + b" ",
    ):
        assert changed != event.record
        assert failed(a_proof_file(replace(event, record=changed))).step is Step.WORKSPACE_TREE


def test_what_is_no_record_is_not_proved_even_if_it_is_in_the_tree() -> None:
    records = (b"no record", *records_of_chain()[1:])
    proof = a_proof_file(an_event_proof(0, records), a_checkpoint(records))
    assert failed(proof).step is Step.RECORD


@pytest.mark.parametrize(
    ("old", "new", "name"),
    [
        (b'{"action":', b'{"action":"a","action":', "action"),
        (b'"id":"', b'"id":"019aa2f4-0000-7000-8000-000000000000","id":"', "id"),
        (b'"salt":', b'"s\\u0061lt":"00","salt":', "salt"),
    ],
)
def test_a_record_that_readers_may_read_in_two_ways_is_not_proved(
    old: bytes, new: bytes, name: str
) -> None:
    first, *others = records_of_chain()
    records = (first.replace(old, new, 1), *others)
    assert records[0] != first
    error = failed(a_proof_file(an_event_proof(0, records), a_checkpoint(records)))
    assert error.step is Step.RECORD
    assert f"`{name}` twice" in str(error)


def test_a_record_at_the_place_of_another_is_not_proved_even_if_it_is_in_the_tree() -> None:
    records = records_of_chain()[::-1]
    proof = a_proof_file(an_event_proof(0, records), a_checkpoint(records))
    error = failed(proof)
    assert error.step is Step.RECORD
    assert "sequence 11" in str(error)


def test_a_record_of_another_workspace_is_not_proved_even_if_it_is_in_the_tree() -> None:
    proof = a_proof_file(an_event_proof(4), a_checkpoint(workspace_id="ws_other"))
    error = failed(proof)
    assert error.step is Step.RECORD
    assert WORKSPACE in str(error)


def test_an_event_after_the_covered_ones_is_not_proved() -> None:
    proof = a_proof_file(an_event_proof(10), a_checkpoint(records_of_chain()[:10]))
    error = failed(proof)
    assert error.step is Step.WORKSPACE_TREE
    assert "has no leaf 10" in str(error)


def test_a_failed_step_is_a_wrong_proof_that_names_the_step() -> None:
    error = failed(replace(CHECKPOINT_FILE, time=1))
    assert isinstance(error, WrongProof)
    assert str(error).startswith("The proof fails at the step log: ")
