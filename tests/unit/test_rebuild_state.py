"""A lost state is rebuilt only as the log has signed it, and runs go on from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256

import pytest
from indelible.checkpoints.entries import KeyEntry
from indelible.checkpoints.requests import RebuiltRequest, RestartRequest
from indelible.checkpoints.state import State
from indelible.covering.rebuild import CannotRebuild, rebuild_state
from indelible.errors import Contradiction
from support.builders import WORKSPACE
from support.deployment import Deployment, segments_after
from support.notes import LOG

NAMES = [f"ws_{number}" for number in range(6)]


def a_deployment() -> Deployment:
    """Six chains of several sizes, covered by a run each, and one more that covers all."""
    deployment = Deployment()
    for number, name in enumerate(NAMES):
        deployment.grow(name, 5 + number, 100 * number + 1)
        deployment.run()
    for name in NAMES[::2]:
        deployment.grow(name, 7)
    deployment.run()
    return deployment


def rebuilt(deployment: Deployment, names: list[str] = NAMES) -> State:
    return rebuild_state(
        deployment.ledger, deployment.bucket, deployment.states, deployment.runs[-1], names
    )


def lose_states(deployment: Deployment, keep: int = 0) -> None:
    """Lose all versions of the state but the oldest so many."""
    for version in [*deployment.states.versions][keep:]:
        del deployment.states.versions[version]


def request(deployment: Deployment, state: State) -> RebuiltRequest:
    """Store a rebuilt state, and request it of the next run."""
    deployment.states.versions["anew"] = state.encoded
    made = RebuiltRequest(deployment.runs[-1].number, "anew", sha256(state.encoded).digest())
    deployment.turns.waiting.append(made)
    return made


def test_a_state_is_made_anew_from_chains_and_tiles_alone() -> None:
    deployment = a_deployment()
    lost = deployment.state
    lose_states(deployment)
    found = rebuilt(deployment)
    assert found == lost


def test_runs_stop_without_their_state_and_go_on_from_the_one_made_anew() -> None:
    deployment = a_deployment()
    lose_states(deployment)
    deployment.grow(NAMES[1], 3)
    with pytest.raises(Contradiction, match="checkpoint rebuild"):
        deployment.run()
    request(deployment, rebuilt(deployment))
    assert deployment.run().published
    assert deployment.covered(NAMES[1]).size == 6 + 101 + 3
    assert deployment.turns.waiting == []
    assert deployment.run().published is None


def test_an_idle_log_publishes_at_once_so_that_a_state_is_there_again() -> None:
    deployment = a_deployment()
    lose_states(deployment)
    request(deployment, rebuilt(deployment))
    assert deployment.run().published
    deployment.run()
    assert deployment.state.rows


def test_records_that_came_after_the_run_are_left_for_the_next_one() -> None:
    deployment = a_deployment()
    lost = deployment.state
    lose_states(deployment)
    for name in NAMES:
        deployment.grow(name, 2, 3, is_noted=False)
    found = rebuilt(deployment)
    assert found.rows == lost.rows
    assert all(each.growth for each in found.workspaces)
    request(deployment, found)
    deployment.run()
    assert [each.size for each in deployment.state.workspaces] == [
        each.size + 5 for each in lost.workspaces
    ]


def test_an_older_state_that_is_kept_gives_the_rows_of_damaged_chains() -> None:
    """A held chain has lost records that its row counts. Nothing else shows how many."""
    deployment = a_deployment()
    deployment.cut(NAMES[5], 10)
    deployment.note(NAMES[5], 12)
    deployment.run()
    before = deployment.state
    deployment.grow(NAMES[0], 1)
    deployment.run()
    lost = deployment.state
    del deployment.states.versions[deployment.runs[-1].state_version]
    found = rebuilt(deployment)
    assert found.rows == lost.rows
    held = next(each for each in found.workspaces if each.hold)
    assert held in before.workspaces


def test_without_an_older_state_a_damaged_chain_is_named_and_nothing_is_made() -> None:
    deployment = a_deployment()
    lose_states(deployment)
    deployment.cut(NAMES[5], 10)
    with pytest.raises(CannotRebuild, match=r"lack records: ws_5\. "):
        rebuilt(deployment)


def test_a_chain_that_the_table_does_not_list_is_missed() -> None:
    deployment = a_deployment()
    lose_states(deployment)
    with pytest.raises(CannotRebuild, match="covers 6 workspaces, and the table has only 5"):
        rebuilt(deployment, NAMES[:5])


def test_another_chain_of_the_same_size_is_never_taken() -> None:
    deployment = a_deployment()
    lose_states(deployment)
    head = deployment.ledger.chain(NAMES[0])[0].head
    deployment.cut(NAMES[0], 5)
    deployment.append(segments_after(NAMES[0], head, (1, 7), number=5_000))
    with pytest.raises(CannotRebuild, match="No state of these chains"):
        rebuilt(deployment)


def test_epochs_and_their_runs_are_read_from_the_log() -> None:
    deployment = a_deployment()
    deployment.cut(NAMES[3], 8)
    deployment.turns.waiting.append(RestartRequest(NAMES[3], 0, 8, "lost"))
    deployment.run()
    deployment.grow(NAMES[3], 300)
    deployment.run()
    lost = deployment.state
    lose_states(deployment)
    found = rebuilt(deployment)
    assert found.rows == lost.rows
    assert [each.restarts for each in found.workspaces] == [
        each.restarts for each in lost.workspaces
    ]


def test_a_log_that_has_bundles_is_read_whole() -> None:
    deployment = Deployment()
    for _ in range(300):
        deployment.grow(WORKSPACE, 1)
        deployment.run()
    lost = deployment.state
    lose_states(deployment)
    assert rebuilt(deployment, [WORKSPACE]).rows == lost.rows


def test_the_state_has_the_time_and_the_entries_of_its_run() -> None:
    deployment = Deployment()
    deployment.grow(WORKSPACE, 3)
    deployment.run()
    deployment.truths[WORKSPACE].append(deployment.truths[WORKSPACE][0])
    deployment.turns.waiting.append(RestartRequest(WORKSPACE, 0, 3, "a drill"))
    deployment.run()
    lost = deployment.state
    assert len(lost.entries_before) == 1
    lose_states(deployment)
    assert rebuilt(deployment, [WORKSPACE]) == lost


OTHERS: dict[str, Callable[[State, State], State]] = {
    "the rows of an older run": lambda newest, older: replace(
        newest, rows=older.rows, workspaces=older.workspaces
    ),
    "another time": lambda newest, _: replace(newest, time=newest.time + 1),
    "another entry": lambda newest, _: replace(
        newest, entries_before=(KeyEntry(newest.time, LOG.key),)
    ),
    "another number": lambda newest, _: replace(newest, run=newest.run + 1),
}


@pytest.mark.parametrize("other", OTHERS)
def test_a_forged_state_is_not_gone_on_from(other: str) -> None:
    deployment = a_deployment()
    older = deployment.state
    deployment.grow(NAMES[1], 3)
    deployment.run()
    forged = OTHERS[other](deployment.state, older)
    lose_states(deployment)
    request(deployment, forged)
    with pytest.raises(Contradiction, match="is not the one of run"):
        deployment.run()
    assert len(deployment.runs) == 8


def test_a_request_is_ignored_while_the_state_is_there() -> None:
    deployment = a_deployment()
    state = deployment.state
    made = request(deployment, replace(state, rows=state.rows[1:], workspaces=state.workspaces[1:]))
    deployment.run()
    assert made not in deployment.turns.waiting
    assert len(deployment.state.rows) == len(NAMES)


def test_a_request_for_an_older_run_does_not_stand_in_the_way() -> None:
    deployment = a_deployment()
    deployment.turns.waiting.append(RebuiltRequest(3, "v3", bytes(32)))
    lose_states(deployment)
    request(deployment, rebuilt(deployment))
    assert deployment.run().published
