"""A run that was decided and not published: the next run finishes it, and goes on from there."""

from __future__ import annotations

import pytest
from indelible.errors import Contradiction, Unavailable
from support.builders import SECOND
from support.deployment import ORIGIN, Deployment
from support.memory_log import MemorySigner
from support.notes import Signer
from unit.forged_turns import a_log

OTHER_KEY = Signer(ORIGIN, "another key of the log")


@pytest.mark.parametrize("fault", ["before", "after"])
@pytest.mark.parametrize("call", ["signer.sign", "bucket.put_new"])
def test_the_next_run_publishes_what_was_decided_and_then_goes_on(fault: str, call: str) -> None:
    log = a_log()
    log.grow("ws_a", 1)
    log.signers[0].faults.plan(call, fault)
    log.bucket.faults.plan(call, fault)
    with pytest.raises(Unavailable):
        log.run()
    turn, decided_at = log.turns.turn, log.now // SECOND
    log.grow("ws_a", 1)
    report = log.run()
    assert report.warnings == []
    assert turn
    assert log.runs[2].note.text == turn.text
    assert log.runs[2].run_entry.time == decided_at, "that of the run which decided"
    assert len(log.runs) == 4
    assert log.covered("ws_a").size == 7
    assert len({*log.signed}) == 4
    log.assert_sound()


@pytest.mark.parametrize("fault", ["before", "after"])
def test_a_turn_whose_reply_was_lost_is_finished(fault: str) -> None:
    log = a_log()
    log.grow("ws_a", 1)
    log.turns.faults.plan("turns.take", fault)
    with pytest.raises(Unavailable):
        log.run()
    assert log.run().warnings == []
    assert log.covered("ws_a").size == 6
    assert len(log.runs) == 3
    log.assert_sound()


def test_an_unfinished_first_run_is_finished() -> None:
    log = Deployment()
    log.grow("ws_a", 3)
    log.signers[0].faults.plan("signer.sign", "before")
    with pytest.raises(Unavailable):
        log.run()
    assert log.run().warnings == []
    assert len(log.runs) == 1
    log.assert_sound()


def test_a_turn_with_a_key_that_is_not_ours_stops_everything() -> None:
    """A run with other settings may have decided it, and signed it. No other text may be signed."""
    log = a_log()
    log.signers = [MemorySigner(private=OTHER_KEY), *log.signers]
    log.signers[0].faults.plan("signer.sign", "before")
    with pytest.raises(Unavailable):
        log.run()
    turn = log.turns.turn
    new, old = log.signers
    log.signers = [old]
    for _ in range(2):
        with pytest.raises(Contradiction, match="key"):
            log.run()
    log.signers = [new, old]
    log.run()
    assert turn
    assert log.runs[2].note.text == turn.text
    assert {*log.signed} == {each.note.text for each in log.runs}
    log.assert_sound()
