"""A run that was decided and not published: another finishes it, if a run has decided it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256

import pytest
from indelible.checkpoints.entries import ContinuesEntry, Entry, KeyEntry, RestartEntry, RunEntry
from indelible.checkpoints.state import State
from indelible.checkpoints.turn import Turn
from indelible.checkpoints.workspace_map import row_key
from indelible.checkpoints.workspace_state import WorkspaceState, row_of
from indelible.covering.next_run import next_run
from indelible.errors import Contradiction, Unavailable
from indelible.tlog.compact_range import EMPTY_RANGE
from support.audited import text_of
from support.builders import SECOND
from support.deployment import MINUTE, ORIGIN, Deployment
from support.memory_log import MemorySigner
from support.notes import Signer
from support.trees import LEAVES

OTHER_KEY = Signer(ORIGIN, "another key of the log")


def a_log() -> Deployment:
    """A log of two runs, in which `ws_a` has 5 records and `ws_b` has 40."""
    log = Deployment()
    log.run()
    log.grow("ws_a", 3, 2)
    log.grow("ws_b", 40)
    log.run()
    return log


def interrupted(log: Deployment) -> Turn:
    """Let a run decide what follows and stop there; returns its turn."""
    log.signers[0].faults.plan("signer.sign", "before")
    with pytest.raises(Unavailable):
        log.run()
    assert log.turns.turn
    return log.turns.turn


@pytest.mark.parametrize("fault", ["before", "after"])
@pytest.mark.parametrize("call", ["signer.sign", "bucket.put_new"])
def test_the_next_run_publishes_what_was_decided_and_then_goes_on(fault: str, call: str) -> None:
    log = a_log()
    log.grow("ws_a", 1)
    log.signers[0].faults.plan(call, fault)
    log.bucket.faults.plan(call, fault)
    with pytest.raises(Unavailable):
        log.run()
    turn = log.turns.turn
    log.grow("ws_a", 1)
    report = log.run()
    assert report.warnings == []
    assert turn
    assert log.runs[2].note.text == turn.text
    assert log.runs[2].run_entry.time == turn.time, "that of the run which decided"
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


Rows = Callable[[State], list[WorkspaceState]]


def changed(state: State, workspace_id: str, **changes: object) -> list[WorkspaceState]:
    return [
        replace(each, **changes) if each.workspace_id == workspace_id else each  # type: ignore[arg-type]
        for each in state.workspaces
    ]


def without(state: State, workspace_id: str) -> list[WorkspaceState]:
    return [each for each in state.workspaces if each.workspace_id != workspace_id]


def other_tree(size: int) -> object:
    return EMPTY_RANGE.extended(LEAVES[:size])


RESTART = RestartEntry(0, row_key("ws_a"), 0, 5, LEAVES[0], 3, bytes(32))


def a_state(run: int, workspaces: list[WorkspaceState]) -> State:
    """A state of these workspaces, whose rows are theirs."""
    pairs = sorted((row_of(ORIGIN, each), each.workspace_id) for each in workspaces)
    by_name = {each.workspace_id: each for each in workspaces}
    return State(run, tuple(row for row, _ in pairs), tuple(by_name[name] for _, name in pairs))


def forged(
    log: Deployment,
    workspaces: Rows,
    rare: tuple[Entry, ...] = (),
    run: int = 3,
    later: int = MINUTE // SECOND,
) -> Turn:
    """What somebody who may write the turn and the state could write, with a text that fits."""
    newest = log.runs[-1]
    state = a_state(run, workspaces(log.state))
    log.states.versions["forged"] = state.encoded
    time = newest.run_entry.time + later
    entries = tuple(replace(each, time=time) for each in rare)
    return next_run(ORIGIN, newest, state, entries, time, "forged").turn


def same(state: State) -> list[WorkspaceState]:
    return [*state.workspaces]


def restarted(state: State, **changes: object) -> list[WorkspaceState]:
    return changed(state, "ws_a", **{"epoch": 1, "tree": EMPTY_RANGE, "restarts": (3,), **changes})


def genuine_restart(log: Deployment, **changes: object) -> RestartEntry:
    root = log.covered("ws_a").tree.root
    return replace(RESTART, **{"old_root": root, **changes})  # type: ignore[arg-type]


FORGED: dict[str, Callable[[Deployment], Turn]] = {
    "a workspace is gone": lambda log: forged(log, lambda state: without(state, "ws_a")),
    "a tree has shrunk": lambda log: forged(
        log, lambda state: changed(state, "ws_a", tree=other_tree(3))
    ),
    "a tree has another root": lambda log: forged(
        log, lambda state: changed(state, "ws_a", tree=other_tree(5))
    ),
    "an epoch rises and no entry says so": lambda log: forged(log, restarted),
    "an epoch rises by two": lambda log: forged(
        log, lambda state: restarted(state, epoch=2), (genuine_restart(log),)
    ),
    "a restart does not raise the epoch": lambda log: forged(log, same, (genuine_restart(log),)),
    "a restart names another epoch": lambda log: forged(
        log, restarted, (genuine_restart(log, old_epoch=1),)
    ),
    "a restart names another size": lambda log: forged(
        log, restarted, (genuine_restart(log, old_size=4),)
    ),
    "a restart names another root": lambda log: forged(
        log, restarted, (genuine_restart(log, old_root=LEAVES[0]),)
    ),
    "a restart keeps more than there was": lambda log: forged(
        log, restarted, (genuine_restart(log, kept_size=6),)
    ),
    "a restart of nobody": lambda log: forged(
        log, same, (genuine_restart(log, key=row_key("ws_none")),)
    ),
    "a restart twice": lambda log: forged(
        log, restarted, (genuine_restart(log), genuine_restart(log, kept_size=2))
    ),
    "a new workspace in epoch 1": lambda log: forged(
        log, lambda state: [*state.workspaces, WorkspaceState("ws_new", epoch=1)]
    ),
    "time goes back": lambda log: forged(log, same, later=-1),
    "a time that has not come": lambda log: forged(log, same, later=24 * 3_600),
    "the state of a later run": lambda log: replace(forged(log, same, run=4), run=3),
    "the state of the run before": lambda log: replace(forged(log, same, run=2), run=3),
    "another run continues another log": lambda log: forged(
        log, same, (ContinuesEntry(0, "old.example.com/log", 7, bytes(32)),)
    ),
    "a run entry among the others": lambda log: forged(log, same, (RunEntry(0, bytes(32)),)),
    "an entry of another time": lambda log: other_time(log),  # noqa: PLW0108 - it comes later
    "another text": lambda log: replace(
        forged(log, same), text=text_of(ORIGIN, 3, sha256(b"what I like").digest())
    ),
    "a text of another origin": lambda log: replace(
        forged(log, same), text=forged(log, same).text.replace(b"audit.", b"other.")
    ),
    "another size": lambda log: replace(forged(log, same), size=4),
    "another hash of the state": lambda log: replace(forged(log, same), state_sha256=bytes(32)),
    "a state that is not there": lambda log: replace(forged(log, same), state_version="none"),
    "the state of the newest run": lambda log: replace(
        forged(log, same),
        state_version=log.runs[-1].state_version,
        state_sha256=log.runs[-1].state_sha256,
    ),
    "a state that is none": lambda log: with_state(log, b"what I like"),
    "a row that is not that of its tree": lambda log: with_state(log, with_other_row(log)),
}


def other_time(log: Deployment) -> Turn:
    newest, state = log.runs[-1], a_state(3, [*log.state.workspaces])
    log.states.versions["forged"] = state.encoded
    time = newest.run_entry.time
    entry = KeyEntry(time, log.signers[0].key)
    return next_run(ORIGIN, newest, state, (entry,), time + 60, "forged").turn


def with_state(log: Deployment, encoded: bytes) -> Turn:
    turn = forged(log, same)
    log.states.versions["forged"] = encoded
    return replace(turn, state_sha256=sha256(encoded).digest())


def with_other_row(log: Deployment) -> bytes:
    state = a_state(3, same(log.state))
    row = state.rows[0]._replace(text_sha256=bytes(32))
    return replace(state, rows=(row, *state.rows[1:])).encoded


WHY = {
    "a workspace is gone": "A workspace is gone from the map.",
    "a tree has shrunk": "A workspace tree has shrunk.",
    "a tree has another root": "A workspace tree has two roots for one size.",
    "an epoch rises and no entry says so": "A workspace begins a new epoch, and no entry says so.",
    "an epoch rises by two": "A restarted workspace does not begin the next epoch.",
    "a restart does not raise the epoch": "A restarted workspace does not begin the next epoch.",
    "a restart names another epoch": "A restart does not name the tree that it ends.",
    "a restart names another size": "A restart does not name the tree that it ends.",
    "a restart names another root": "A restart does not name the tree that it ends.",
    "a restart keeps more than there was": "A restarted workspace does not begin the next epoch.",
    "a restart of nobody": "A restart is logged of a workspace that is not in the map.",
    "a restart twice": "A workspace restarts twice in one run.",
    "a new workspace in epoch 1": "A new workspace does not begin with epoch 0.",
    "time goes back": "Run 3 is older than the run before it.",
    "a time that has not come": "The time of run 3 has not come.",
    "the state of a later run": "Run 4 cannot follow run 2.",
    "the state of the run before": "Run 2 cannot follow run 2.",
    "another run continues another log": "Only the first run can continue another log.",
    "a run entry among the others": "A run entry must be the last entry of its run.",
    "an entry of another time": "An entry of the log does not have the time of its run.",
    "another text": "Run 3 was decided with a text that its state does not give.",
    "a text of another origin": "Run 3 was decided with a text that its state does not give.",
    "another size": "Run 3 was decided with a text that its state does not give.",
    "another hash of the state": "The state that run 3 was decided from is not there.",
    "a state that is not there": "The state that run 3 was decided from is not there.",
    "the state of the newest run": "Run 2 cannot follow run 2.",
    "a state that is none": "What run 3 was decided from: ",
    "a row that is not that of its tree": "What run 3 was decided from: the row of ",
}
"""The rule that each of them breaks, and no other: it would be signed but for this one."""


@pytest.mark.parametrize("case", FORGED)
@pytest.mark.parametrize("grown", [False, True], ids=["idle", "grown"])
def test_a_turn_that_no_run_has_decided_is_never_signed(case: str, *, grown: bool) -> None:
    log = a_log()
    forgery = FORGED[case](log)
    log.turns.turn = forgery
    if grown:
        log.grow("ws_a", 1)
    report = log.run()
    [warning] = report.warnings
    assert warning.startswith(f"The turn was not taken by a run: {WHY[case]}")
    assert forgery.text not in log.signed
    log.grow("ws_b", 1)
    assert log.run().warnings == ([] if grown else report.warnings)
    assert log.covered("ws_b").size == 41
    log.assert_sound()


def test_the_forged_cases_are_wrong_only_where_they_say_so() -> None:
    """Otherwise a case would be refused for another reason than its own."""
    log = a_log()
    for turn in (forged(log, same), forged(log, restarted, (genuine_restart(log),))):
        log = a_log()
        log.truths["ws_a"].append(log.truths["ws_a"][0])
        log.states.versions["forged"] = a_state(
            3, restarted(log.state) if turn.entries_before else same(log.state)
        ).encoded
        log.turns.turn = turn
        assert log.run().warnings == []
        assert log.runs[2].note.text == turn.text


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
