"""Restarts in coverage: each is visible for ever, with the records that it lost."""

from __future__ import annotations

from hashlib import sha256

import pytest
from indelible.checkpoints.object_keys import run_key
from indelible.checkpoints.requests import RestartRequest
from indelible.errors import DamagedItem
from indelible.proving import restarts
from indelible.proving.restarts import LoggedPast
from indelible.proving.standing import standing_of
from indelible.verifying.coverage import Coverage
from support.builders import NOON, SECOND, WORKSPACE
from support.deployment import Deployment
from support.proving import a_deployment, runs_of


def coverage_of(deployment: Deployment, workspace_id: str = WORKSPACE) -> Coverage:
    newest = runs_of(deployment).get(deployment.now)
    return standing_of(newest, LoggedPast(deployment.bucket), None, workspace_id).coverage


def restarted(times: int) -> Deployment:
    """A deployment whose chain of 10 records was restarted so often, and lost three each time."""
    deployment = a_deployment()
    deployment.run()
    deployment.grow(WORKSPACE, 10)
    for epoch in range(times):
        deployment.grow(WORKSPACE, 3)
        deployment.run()
        deployment.cut(WORKSPACE, 10)
        deployment.turns.waiting = [RestartRequest(WORKSPACE, epoch, 10, f"restore {epoch}")]
        deployment.run()
    return deployment


def test_a_restart_says_when_which_records_were_lost_and_which_reason_was_given() -> None:
    deployment = a_deployment()
    deployment.grow(WORKSPACE, 950)
    deployment.grow(WORKSPACE, 50)
    deployment.run()
    deployment.cut(WORKSPACE, 950)
    deployment.turns.waiting = [RestartRequest(WORKSPACE, 0, 950, "the backup was older")]
    deployment.run()
    shown = coverage_of(deployment).as_json()
    assert (shown["covered_to"], shown["epoch"]) == (950, 1)
    assert shown["restarts"] == [
        {
            "time": "2026-11-23T12:02:00Z",
            "old_size": 1_000,
            "kept_size": 950,
            "lost": 50,
            "reason_sha256": sha256(b"the backup was older").hexdigest(),
        }
    ]


def test_every_restart_stays_visible_oldest_first() -> None:
    found = coverage_of(restarted(3))
    assert found.restarts
    assert [each.old_epoch for each in found.restarts] == [0, 1, 2]
    assert {each.lost for each in found.restarts} == {range(11, 14)}
    assert found.restarts[0].time == NOON // SECOND + 180


def test_of_several_restarts_in_one_run_each_workspace_has_its_own() -> None:
    deployment = a_deployment()
    lost = {"ws_a": 3, "ws_b": 5, "ws_c": 7}
    for name, count in lost.items():
        deployment.grow(name, 10, count)
    deployment.run()
    for name in lost:
        deployment.cut(name, 10)
    deployment.turns.waiting = [RestartRequest(name, 0, 10, "a restore") for name in lost]
    deployment.run()
    for name, count in lost.items():
        found = coverage_of(deployment, name).restarts
        assert found
        assert [len(each.lost) for each in found] == [count]


def test_of_many_restarts_the_newest_are_shown_and_all_are_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(restarts, "MOST_RESTARTS", 2)
    found = coverage_of(restarted(3))
    assert found.restarts
    assert ([each.old_epoch for each in found.restarts], found.epoch) == ([1, 2], 3)


def test_a_process_reads_the_first_run_and_each_restart_once() -> None:
    deployment = restarted(2)
    newest, past = runs_of(deployment).get(deployment.now), LoggedPast(deployment.bucket)
    calls = deployment.bucket.faults.calls
    calls.clear()
    one = standing_of(newest, past, None, WORKSPACE)
    assert calls == ["bucket.read", "bucket.read_many"]
    assert standing_of(newest, past, None, WORKSPACE) == one
    assert len(calls) == 2


def test_what_is_remembered_is_bounded_and_nothing_is_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(restarts, "_REMEMBERED", 3)
    monkeypatch.setattr(restarts, "_RUNS_AT_A_TIME", 1)
    deployment = a_deployment()
    for epoch in range(2):
        for name in ("ws_a", "ws_b"):
            deployment.grow(name, 10)
        deployment.run()
        for name in ("ws_a", "ws_b"):
            deployment.cut(name, 0)
            deployment.turns.waiting.append(RestartRequest(name, epoch, 0, "all is lost"))
        deployment.run()
    past = LoggedPast(deployment.bucket)
    for name in ("ws_a", "ws_b", "ws_a"):
        found = past.restarts(deployment.covered(name))
        assert [each.old_epoch for each in found] == [0, 1]


@pytest.mark.parametrize("is_first", [True, False])
def test_a_run_that_is_gone_is_never_left_out(is_first: bool) -> None:
    deployment = restarted(1)
    newest = runs_of(deployment).get(deployment.now)
    gone = run_key(1 if is_first else deployment.covered(WORKSPACE).restarts[0])
    assert newest
    del deployment.bucket.objects[gone]
    with pytest.raises(DamagedItem):
        standing_of(newest, LoggedPast(deployment.bucket), None, WORKSPACE)
