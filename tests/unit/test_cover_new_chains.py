"""New chains of which only notes know: they have their turn, and are late if they do not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from indelible.covering.growth import encode_note
from support.deployment import MINUTE, Deployment

BUSY = [f"ws_{n}" for n in range(8)]


def for_some(chains: int) -> Callable[[], bool]:
    """There is time for so many chains."""
    calls = iter(range(chains))
    return lambda: next(calls, None) is not None


def a_busy_log() -> Deployment:
    log = Deployment()
    for name in BUSY:
        log.grow(name, 1)
    log.run()
    return log


def grow_new(log: Deployment) -> None:
    """A new chain, noted now."""
    log.grow("ws_new", 2, is_noted=False)
    log.notes.send(encode_note({"ws_new": [1]}), log.now)


def test_a_new_chain_has_its_turn_while_all_others_grow_all_the_time() -> None:
    log = a_busy_log()
    for name in BUSY:
        log.grow(name, 1)
    grow_new(log)
    for _ in range(4):
        log.run(has_time=for_some(4))
        for name in BUSY:
            log.grow(name, 1)
    assert log.covered("ws_new").size == 2
    log.assert_sound()


def test_a_new_chain_that_no_run_reaches_is_late() -> None:
    log = a_busy_log()
    grow_new(log)
    lags = [log.run(has_time=for_some(0)).lag for _ in range(3)]
    assert lags == [60.0, 120.0, 180.0]


def test_a_new_chain_that_cannot_be_read_is_late() -> None:
    log = a_busy_log()
    grow_new(log)
    chain = log.ledger.chains["ws_new"]
    genuine = chain[1]
    chain[1] = replace(genuine, codec="newer")
    assert [log.run().lag for _ in range(3)] == [60.0, 120.0, 180.0]
    assert "ws_new" not in {each.workspace_id for each in log.state.workspaces}
    chain[1] = genuine
    assert log.run().lag == 0
    assert log.covered("ws_new").size == 2
    assert log.notes.waiting == {}


def test_notes_that_no_run_has_considered_are_there_for_the_next_one() -> None:
    log = a_busy_log()
    grow_new(log)
    log.notes.faults.calls.clear()
    log.run(has_time=for_some(0))
    assert log.notes.faults.calls == ["notes.receive", "notes.release"]
    log.run(after=MINUTE)
    assert log.notes.faults.calls[2:] == ["notes.receive", "notes.delete"]
