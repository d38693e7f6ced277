"""Turns that no run has decided, each with a state and a text that fit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256

from indelible.checkpoints.entries import Entry, KeyEntry, RestartEntry
from indelible.checkpoints.state import EMPTY_STATE, State
from indelible.checkpoints.turn import Turn
from indelible.checkpoints.workspace_map import row_key
from indelible.checkpoints.workspace_state import WorkspaceState
from indelible.covering.next_run import next_run
from indelible.tlog.compact_range import EMPTY_RANGE
from support.builders import SECOND
from support.deployment import MINUTE, ORIGIN, Deployment
from support.trees import LEAVES


def a_log() -> Deployment:
    """A log of two runs, in which `ws_a` has 5 records and `ws_b` has 40."""
    log = Deployment()
    log.run()
    log.grow("ws_a", 3, 2)
    log.grow("ws_b", 40)
    log.run()
    return log


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


def a_state(
    run: int, time: int, workspaces: list[WorkspaceState], entries: tuple[Entry, ...] = ()
) -> State:
    """A state of these workspaces, whose rows are theirs."""
    return EMPTY_STATE.after(run, time, ORIGIN, workspaces, entries)


def forged(
    log: Deployment,
    workspaces: Rows,
    rare: tuple[Entry, ...] = (),
    run: int = 3,
    later: int = MINUTE // SECOND,
) -> Turn:
    """What somebody who may write the turn and the state could write, with a text that fits."""
    time = log.runs[-1].run_entry.time + later
    entries = tuple(replace(each, time=time) for each in rare)
    return turn_of(log, a_state(run, time, workspaces(log.state), entries))


def turn_of(log: Deployment, state: State) -> Turn:
    """The turn of a run that publishes this state, which is put into the bucket."""
    log.states.versions["forged"] = state.encoded
    return next_run(ORIGIN, log.runs[-1], state, "forged").turn


def same(state: State) -> list[WorkspaceState]:
    return [*state.workspaces]


def restarted(state: State, **changes: object) -> list[WorkspaceState]:
    return changed(state, "ws_a", **{"epoch": 1, "tree": EMPTY_RANGE, "restarts": (3,), **changes})


def genuine_restart(log: Deployment, **changes: object) -> RestartEntry:
    root = log.covered("ws_a").tree.root
    return replace(RESTART, **{"old_root": root, **changes})  # type: ignore[arg-type]


def other_time(log: Deployment) -> Turn:
    time = log.runs[-1].run_entry.time
    entry = KeyEntry(time, log.signers[0].key)
    return turn_of(log, a_state(3, time + 60, [*log.state.workspaces], (entry,)))


def with_state(log: Deployment, encoded: bytes) -> Turn:
    turn = forged(log, same)
    log.states.versions["forged"] = encoded
    return replace(turn, state_sha256=sha256(encoded).digest())


def with_other_row(log: Deployment) -> bytes:
    state = a_state(3, 0, same(log.state))
    row = state.rows[0]._replace(text_sha256=bytes(32))
    return replace(state, rows=(row, *state.rows[1:])).encoded
