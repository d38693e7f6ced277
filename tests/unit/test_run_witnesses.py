"""Runs and the log's witnesses: cosignatures are kept, absence is survived, forks are reported."""

from __future__ import annotations

import pytest
from indelible.covering.run import run
from indelible.errors import Unavailable
from indelible.tlog.checkpoint import Checkpoint
from indelible.tlog.cosignature import cosigned_at
from indelible.tlog.note import Note
from support.deployment import HOUR, MINUTE, ORIGIN, Deployment
from support.memory_witness import HttpAnswer, MemoryWitness
from support.notes import FIRST, SECOND, THIRD, Signer

TIME = MemoryWitness().time


def a_log() -> Deployment:
    """A log with three witnesses."""
    return Deployment(witnesses=[MemoryWitness(private=each) for each in (FIRST, SECOND, THIRD)])


def cosigned(log: Deployment) -> list[int]:
    """By how many witnesses each run was cosigned."""
    keys = [each.key for each in log.witnesses]
    return [sum(cosigned_at(run.note, key) == TIME for key in keys) for run in log.runs]


def test_every_run_is_cosigned_by_every_witness() -> None:
    log = a_log()
    for _ in range(20):
        assert log.run(HOUR).warnings == []
    assert cosigned(log) == [3] * 20
    log.assert_sound()


@pytest.mark.parametrize("kind", ["before", "after"])
def test_a_witness_that_does_not_answer_holds_up_nothing_and_is_asked_again(kind: str) -> None:
    log = a_log()
    log.run()
    log.witnesses[1].faults.plan("witness.add_checkpoint", kind)
    assert log.run(HOUR).warnings == []
    assert log.run(HOUR).warnings == []
    assert cosigned(log) == [3, 2, 3]


@pytest.mark.parametrize(
    "answer",
    [
        (503, "text/html", b"<html>busy"),
        (404, "text/plain", b"unknown log"),
        (200, "text/plain", b"not a cosignature\n"),
        (200, "text/plain", SECOND.cosign(b"another text\n", TIME).line),
    ],
    ids=["busy", "unknown log", "no cosignature", "cosignature of something else"],
)
def test_an_answer_that_is_no_cosignature_is_not_kept(answer: HttpAnswer) -> None:
    log = a_log()
    log.witnesses[1].answer = lambda body: answer  # type: ignore[method-assign]  # noqa: ARG005
    log.run()
    log.run(HOUR)
    assert cosigned(log) == [2, 2]
    log.assert_sound()


def test_a_new_witness_gets_its_proof_from_nothing_and_a_late_one_from_where_it_was() -> None:
    log = a_log()
    late = log.witnesses.pop()
    log.run()
    log.witnesses.append(late)
    log.run(HOUR)
    assert late.faults.calls == ["witness.add_checkpoint"]
    log.witnesses.remove(late)
    for _ in range(3):
        log.run(HOUR)
    log.witnesses.append(late)
    assert log.run(HOUR).warnings == []
    assert late.faults.calls == ["witness.add_checkpoint"] * 3, "409 says where it was"
    assert late.cosigned[ORIGIN].size == 6


ALARMING: dict[str, HttpAnswer] = {
    "a larger size": (409, "text/x.tlog.size", b"999\n"),
    "another root": (409, "text/plain", b"another root\n"),
    "a proof that fails": (422, "text/plain", b"no consistency\n"),
}


@pytest.mark.parametrize("answer", ALARMING.values(), ids=ALARMING)
def test_a_witness_that_has_seen_another_log_is_reported_every_time(answer: HttpAnswer) -> None:
    log = a_log()
    log.run()
    log.witnesses[2].answer = lambda body: answer  # type: ignore[method-assign]  # noqa: ARG005
    for after in (HOUR, MINUTE, MINUTE):
        [warning] = log.run(after).warnings
        assert warning.startswith("witness.example/third: ")
    assert cosigned(log) == [3, 2]
    log.assert_sound()


def test_a_witness_that_was_shown_a_forked_log_refuses_and_is_reported() -> None:
    log = a_log()
    log.run()
    log.witnesses[0].cosigned[ORIGIN] = Checkpoint(ORIGIN, 1, bytes(32))
    [warning] = log.run(HOUR).warnings
    assert warning == "witness.example/first: refused: WRONG_PROOF"
    log.assert_sound()


def test_an_idle_log_is_cosigned_again_and_nothing_is_published() -> None:
    log = a_log()
    log.run()
    for each in log.witnesses:
        each.time += 60
    assert log.run().published is None
    assert log.turns.cosigned
    assert log.turns.cosigned.text == log.runs[0].note.text
    times = [cosigned_at(log.turns.cosigned, each.key) for each in log.witnesses]
    assert times == [TIME + 60] * 3


def test_a_run_that_is_finished_twice_at_once_raises_no_alarm() -> None:
    """The slower one asks the witnesses about a log that has grown since."""
    log = a_log()
    log.run()
    log.grow("ws_a", 1)
    log.signers[0].faults.plan("signer.sign", "before")
    with pytest.raises(Unavailable):
        log.run()

    def meanwhile(method: str) -> None:
        log.signers[0].faults.interrupt = None
        for _ in range(2):
            log.grow("ws_a", 1)
            assert log.run(HOUR).warnings == []

    log.signers[0].faults.interrupt = meanwhile
    assert run(log.services, log.now + MINUTE, lambda: True).warnings == []
    log.assert_sound()


def test_a_run_that_is_overtaken_while_it_asks_again_raises_no_alarm() -> None:
    log = a_log()
    log.run()

    def meanwhile(method: str) -> None:
        log.witnesses[0].faults.interrupt = None
        log.grow("ws_a", 1)
        assert log.run().warnings == []

    log.witnesses[0].faults.interrupt = meanwhile
    assert run(log.services, log.now + MINUTE, lambda: True).warnings == []


def test_a_run_that_asks_again_while_another_one_publishes_raises_no_alarm() -> None:
    """The witness has cosigned what the other run has decided, and not yet published."""
    log = a_log()
    log.run()

    def meanwhile(method: str) -> None:
        log.witnesses[0].faults.interrupt = None
        log.grow("ws_a", 1)
        log.bucket.faults.plan("bucket.put_new", "before")
        with pytest.raises(Unavailable):
            log.run()

    log.witnesses[0].faults.interrupt = meanwhile
    assert run(log.services, log.now + MINUTE, lambda: True).warnings == []
    assert log.run(2 * MINUTE).warnings == []
    assert len(log.runs) == 2
    log.assert_sound()


def test_a_run_that_is_late_keeps_no_cosignatures_in_the_place_of_newer_ones() -> None:
    """It asks first, and keeps what came after a run of the next minute has kept its own."""
    log = a_log()
    log.run()
    services, late = log.services, log.now + MINUTE

    def meanwhile(method: str) -> None:
        log.turns.faults.interrupt = None
        for each in log.witnesses:
            each.time += 60
        log.run(2 * MINUTE)

    def before_it_keeps(method: str) -> None:
        if method == "turns.keep_cosigned":
            meanwhile(method)

    log.turns.faults.interrupt = before_it_keeps
    assert run(services, late, lambda: True).warnings == []
    assert log.turns.cosigned
    times = [cosigned_at(log.turns.cosigned, each.key) for each in log.witnesses]
    assert times == [TIME + 60] * 3


@pytest.mark.parametrize("forged", ["unsigned", "signed by another key", "of another log"])
def test_a_cosigned_checkpoint_that_the_log_did_not_sign_is_replaced_and_reported(
    forged: str,
) -> None:
    """It names a larger log than there is, so it would stay until the log has grown so far."""
    log = a_log()
    log.run()
    genuine = log.runs[0].note
    text = Checkpoint(ORIGIN, 1_000_000, bytes(32)).text
    other = Checkpoint("other.example/log", 1_000_000, bytes(32)).text
    log.turns.cosigned = {
        "unsigned": Note(text, genuine.signatures),
        "signed by another key": Note(text, (Signer(ORIGIN, "another").sign(text),)),
        "of another log": Note(other, (Signer("other.example/log").sign(other),)),
    }[forged]
    [warning] = log.run().warnings
    assert "was not one of this log" in warning
    assert log.turns.cosigned.text == genuine.text
    assert log.run().warnings == []
