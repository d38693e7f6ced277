"""A turn that no run has decided is never signed, whichever rule it breaks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256

import pytest
from indelible.checkpoints.entries import ContinuesEntry, RunEntry
from indelible.checkpoints.turn import Turn
from indelible.checkpoints.workspace_map import row_key
from indelible.checkpoints.workspace_state import WorkspaceState
from support.audited import text_of
from support.deployment import ORIGIN, Deployment
from support.trees import LEAVES
from unit.forged_turns import (
    a_log,
    changed,
    forged,
    genuine_restart,
    other_time,
    other_tree,
    restarted,
    same,
    with_other_row,
    with_state,
    without,
)

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
    for rare in (False, True):
        log = a_log()
        log.truths["ws_a"].append(log.truths["ws_a"][0])
        entries = (genuine_restart(log),) if rare else ()
        log.turns.turn = turn = forged(log, restarted if rare else same, entries)
        assert log.run().warnings == []
        assert log.runs[2].note.text == turn.text
