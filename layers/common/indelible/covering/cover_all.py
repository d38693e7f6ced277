"""Covers what has grown in all workspaces, for as long as there is time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from ..checkpoints.workspace_state import Hold, WorkspaceState
from ..times import SECOND
from .cover import settled
from .cover_waiting import cover_waiting
from .growth import merge_notes, names_any
from .plan import in_order, waiting_at
from .ports import ReceivedNote
from .services import Services

TILES_AT_A_TIME = 32
"""Tiles that are put at the same time."""


@dataclass(frozen=True, slots=True)
class Covered:
    """How far all workspaces were covered.

    `changed` has those that differ from before, by id. `unreached` are the notes of workspaces that
    are new and were not looked at, or not read: only these notes know of them. `lag` and `holds`
    are as in `run.Report`. `records` is the number of records that were covered, and `unreadable`
    that of notes that the indexer cannot have sent.
    """

    changed: dict[str, WorkspaceState]
    unreached: frozenset[ReceivedNote]
    lag: float
    holds: dict[str, Hold]
    records: int
    unreadable: int


def cover_all(
    services: Services,
    workspaces: Mapping[str, WorkspaceState],
    run: int,
    notes: Sequence[ReceivedNote],
    now: int,
    has_time: Callable[[], bool],
) -> Covered:
    """Cover the growth that notes name, that waits since an earlier run, or that was held.

    `workspaces` are all of the state, by id. `run` is the number of this run. Never raises for one
    workspace: what is wrong with it is in its state.
    """
    growth, unreadable = merge_notes((each.encoded, each.sent_at) for each in notes)
    waiting = in_order(waiting_at(workspaces.values(), growth, now), run)
    after = {each.state.workspace_id: each.state for each in waiting}
    unseen = {*after} - {*workspaces}
    records = 0
    with ThreadPoolExecutor(TILES_AT_A_TIME) as pool:
        for advance in cover_waiting(
            services.ledger, services.bucket, waiting, services.remembered, pool.map, has_time
        ):
            name = advance.before.workspace_id
            after[name] = settled(advance, now)
            if _is_worth_a_row(after[name]) or not advance.left:
                unseen.discard(name)
            records += len(advance.leaves)
    changed = {
        name: state
        for name, state in after.items()
        if state != workspaces.get(name) and _is_worth_a_row(state)
    }
    everyone = {**workspaces, **after}
    return Covered(
        changed={name: state for name, state in changed.items() if name not in unseen},
        unreached=frozenset(each for each in notes if names_any(each.encoded, unseen)),
        lag=max((_lag(each, now) for each in everyone.values()), default=0.0),
        holds={name: each.hold for name, each in everyone.items() if each.hold},
        records=records,
        unreadable=unreadable,
    )


def _is_worth_a_row(state: WorkspaceState) -> bool:
    """Whether there is such a chain. A note may name any workspace, and some do not exist."""
    return bool(state.size or state.epoch or state.hold)


def _lag(state: WorkspaceState, now: int) -> float:
    """How long the growth of a workspace waits, in seconds; 0 if it is held."""
    return (now - state.growth.since) / SECOND if state.growth and not state.hold else 0.0
