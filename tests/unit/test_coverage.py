"""Coverage: up to where, by whom, since when; what waits, what holds it, and what was lost."""

from __future__ import annotations

import pytest
from indelible.checkpoints.object_keys import run_key
from indelible.checkpoints.requests import RestartRequest
from indelible.errors import DamagedItem
from indelible.proving.coverage import Coverage, find_coverage
from indelible.tlog.note import NoteSignature
from support.builders import NOON, SECOND, WORKSPACE
from support.deployment import Deployment, damaged
from support.memory_witness import MemoryWitness
from support.notes import FIRST
from support.proving import a_deployment, runs_of


def coverage_of(deployment: Deployment, workspace_id: str = WORKSPACE) -> Coverage:
    found = find_coverage(runs_of(deployment).get(deployment.now), deployment.bucket, workspace_id)
    assert found
    return found


def test_there_is_no_coverage_before_the_first_run() -> None:
    assert find_coverage(None, a_deployment().bucket, WORKSPACE) is None


def test_a_covered_chain_is_witnessed_up_to_the_newest_run_and_since_the_first() -> None:
    deployment = a_deployment()
    deployment.run()
    deployment.grow(WORKSPACE, 5, 7)
    deployment.run()
    minutes = [deployment.now // SECOND - 60, deployment.now // SECOND]
    found = coverage_of(deployment)
    assert found == Coverage(
        size=12,
        epoch=0,
        run=2,
        run_time=minutes[1],
        cosigned_at={FIRST.name: MemoryWitness().time},
        since=minutes[0],
        growth=None,
        hold=None,
        restarts=(),
    )
    assert found.is_witnessed
    assert [found.covers(12), found.covers(13)] == [True, False]


def test_without_witnesses_a_chain_is_signed_by_the_operator_only() -> None:
    deployment = Deployment()
    deployment.grow(WORKSPACE, 5)
    deployment.run()
    assert not coverage_of(deployment).is_witnessed


def test_a_signature_of_another_kind_is_no_cosignature() -> None:
    deployment = a_deployment()
    deployment.grow(WORKSPACE, 5)
    deployment.run()
    other = NoteSignature("other.example", b"kind", bytes(2_428))
    deployment.turns.cosigned = deployment.runs[-1].note.with_signatures(other)
    assert {*coverage_of(deployment).cosigned_at} == {FIRST.name}


def test_a_chain_that_no_run_has_seen_is_not_covered() -> None:
    deployment = a_deployment()
    deployment.run()
    found = coverage_of(deployment)
    assert (found.size, found.growth, found.hold) == (0, None, None)


def test_what_holds_a_chain_is_said() -> None:
    deployment = a_deployment()
    deployment.grow(WORKSPACE, 5)
    deployment.run()
    deployment.ledger.load([damaged(each) for each in deployment.grow(WORKSPACE, 3)])
    deployment.run()
    found = coverage_of(deployment)
    assert found.size == 5
    assert found.hold == deployment.covered(WORKSPACE).hold is not None
    assert found.growth


def test_a_restart_says_which_records_were_lost() -> None:
    deployment = a_deployment()
    deployment.grow(WORKSPACE, 950)
    deployment.grow(WORKSPACE, 50)
    deployment.run()
    deployment.cut(WORKSPACE, 950)
    deployment.turns.waiting = [RestartRequest(WORKSPACE, 0, 950, "the backup was older")]
    deployment.run()
    found = coverage_of(deployment)
    assert (found.size, found.epoch) == (950, 1)
    [restart] = found.restarts
    assert str(restart) == "restarted at 2026-11-23T12:02:00.000000Z, records 951 to 1000 lost"
    assert restart.lost == range(951, 1_001)
    assert restart.time == NOON // SECOND + 120


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
        [restart] = coverage_of(deployment, name).restarts
        assert len(restart.lost) == count


@pytest.mark.parametrize("number", [1, 2])
def test_a_run_that_is_gone_is_never_left_out(number: int) -> None:
    deployment = a_deployment()
    deployment.run()
    deployment.grow(WORKSPACE, 10)
    deployment.run()
    deployment.cut(WORKSPACE, 0)
    deployment.turns.waiting = [RestartRequest(WORKSPACE, 0, 0, "all is lost")]
    deployment.run()
    assert coverage_of(deployment).restarts[0].lost == range(1, 11)
    newest = runs_of(deployment).get(deployment.now)
    restarted_in = deployment.covered(WORKSPACE).restarts[0]
    gone = run_key(1 if number == 1 else restarted_in)
    assert newest
    del deployment.bucket.objects[gone]
    with pytest.raises(DamagedItem):
        find_coverage(newest, deployment.bucket, WORKSPACE)
