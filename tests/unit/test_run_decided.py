"""What a run was decided with stays as it is: nobody can change it before it is published."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from indelible.checkpoints.entries import Entry, KeyEntry, RestartEntry
from indelible.checkpoints.requests import RestartRequest
from indelible.checkpoints.state import State, decode_state
from indelible.checkpoints.turn import Turn
from indelible.checkpoints.workspace_map import row_key
from indelible.covering.next_run import next_run
from indelible.errors import Unavailable
from support.deployment import ORIGIN, Deployment
from support.memory_log import MemorySigner
from support.notes import Signer
from unit.forged_turns import a_log

NEW = Signer(ORIGIN, "the next key of the log")


def a_restart_and_a_key() -> Deployment:
    """A run has decided to log a key and a restart, and stopped before it signed."""
    log = a_log()
    log.truths["ws_a"].append(log.truths["ws_a"][0])
    log.turns.waiting.append(RestartRequest("ws_a", 0, 3, "restored"))
    log.signers = [MemorySigner(private=NEW), *log.signers]
    log.signers[0].faults.plan("signer.sign", "before")
    with pytest.raises(Unavailable):
        log.run()
    return log


def decided(log: Deployment) -> tuple[Turn, State]:
    """The turn that is not finished, and its state."""
    assert log.turns.turn
    return log.turns.turn, decode_state(log.states.versions[log.turns.turn.state_version])


def later(state: State, seconds: int) -> State:
    time = state.time + seconds
    entries = [replace(each, time=time) for each in state.entries_before]
    return replace(state, time=time, entries_before=tuple(entries))


def without(state: State, kind: type[Entry]) -> State:
    left = [each for each in state.entries_before if not isinstance(each, kind)]
    return replace(state, entries_before=tuple(left))


def with_restart(state: State, **changes: Any) -> State:
    key, restart = state.entries_before
    return replace(state, entries_before=(key, replace(restart, **changes)))


CHANGES: dict[str, Callable[[State], State]] = {
    "a later time": lambda state: later(state, 30),
    "an earlier time": lambda state: later(state, -30),
    "no restart": lambda state: without(state, RestartEntry),
    "no key": lambda state: without(state, KeyEntry),
    "another reason": lambda state: with_restart(state, reason_sha256=bytes(32)),
    "another size": lambda state: with_restart(state, kept_size=2),
    "one entry twice": lambda state: replace(
        state, entries_before=(state.entries_before[0], *state.entries_before)
    ),
    "entries in another order": lambda state: replace(
        state, entries_before=state.entries_before[::-1]
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_turn_with_another_time_or_other_entries_than_its_state_is_never_signed(
    change: str,
) -> None:
    """Whoever may write the table writes a text that would follow."""
    log = a_restart_and_a_key()
    turn, state = decided(log)
    other = next_run(ORIGIN, log.runs[-1], CHANGES[change](state), turn.state_version).turn
    assert other.text != turn.text
    log.turns.turn = replace(turn, text=other.text, size=other.size)
    [warning] = log.run().warnings
    assert warning.endswith("with a text that its state does not give.")
    assert other.text not in log.signed
    assert [type(each) for each in log.runs[2].entries_before] == [KeyEntry, RestartEntry]
    log.assert_sound()


@pytest.mark.parametrize("change", CHANGES)
def test_nor_is_it_with_a_state_that_no_run_has_put(change: str) -> None:
    log = a_restart_and_a_key()
    turn, state = decided(log)
    other = next_run(ORIGIN, log.runs[-1], CHANGES[change](state), turn.state_version).turn
    log.turns.turn = other
    [warning] = log.run().warnings
    assert warning.endswith("The state that run 3 was decided from is not there.")
    assert other.text not in log.signed
    log.assert_sound()


def test_the_decided_run_is_published_as_it_was_decided() -> None:
    log = a_restart_and_a_key()
    turn, state = decided(log)
    assert log.run().warnings == []
    published = log.runs[2]
    assert published.note.text == turn.text
    assert published.run_entry.time == state.time
    assert published.entries_before == state.entries_before
    assert published.entries_before[1].key == row_key("ws_a")  # type: ignore[union-attr]
    log.assert_sound()


def test_a_table_writer_can_still_name_the_state_of_a_run_that_lost() -> None:
    """It is left over: the state is genuine, and its number is that of the run.

    Whatever is signed, a run has decided it from chains that verified. What was published cannot
    be changed any more.
    """
    log = a_log()
    log.grow("ws_a", 1)
    log.turns.faults.plan("turns.take", "before")
    with pytest.raises(Unavailable):
        log.run()
    lost = f"v{len(log.states.versions)}"
    log.grow("ws_b", 1)
    log.signers[0].faults.plan("signer.sign", "before")
    with pytest.raises(Unavailable):
        log.run()
    state = decode_state(log.states.versions[lost])
    log.turns.turn = next_run(ORIGIN, log.runs[-1], state, lost).turn
    assert log.run().warnings == []
    assert log.runs[2].run_entry.time == state.time
    assert log.covered("ws_b").size == 41
    log.assert_sound()


def test_the_state_of_another_run_is_never_signed() -> None:
    """Its number is part of the state. So no state that was ever put serves for a later run."""
    log = a_log()
    log.grow("ws_a", 1)
    log.run()
    for version in [*log.states.versions][:-1]:
        state = decode_state(log.states.versions[version])
        turn = next_run(ORIGIN, log.runs[-1], state, version).turn
        log.turns.turn = replace(turn, run=4)
        [warning] = log.run().warnings
        assert warning.startswith("The turn was not taken by a run: Run ")
        assert turn.text not in log.signed
    log.assert_sound()
