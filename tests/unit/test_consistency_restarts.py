"""Consistency after a restart: the holder of an older file sees what was lost, for ever."""

from __future__ import annotations

import msgspec
import pytest
from indelible.checkpoints.proof_file import ProofFile
from indelible.checkpoints.requests import RestartRequest
from indelible.covering import cover
from indelible.verifying.consistency import verify_consistency
from indelible.verifying.proof import FailedStep
from support.builders import WORKSPACE
from support.deployment import Deployment
from support.proving import POLICY
from unit.grown_logs import OTHER, a_log, answer_to, file_of, grown, restart


def test_a_restart_says_for_ever_what_was_lost() -> None:
    deployment = a_log(950, 50)
    old = file_of(deployment)
    deployment.cut(WORKSPACE, 950)
    restart(deployment, kept=950)
    for _ in range(3):
        deployment.grow(WORKSPACE, 20)
        deployment.run()
        found = grown(deployment, old)
        assert not found.is_shown
        assert found.kept == 950
        [entry] = found.restarts
        assert (entry.old_size, entry.kept_size) == (1_000, 950)
        assert found.newest.is_restarted


def test_a_file_of_records_that_a_restart_kept_is_still_shown() -> None:
    deployment = a_log(900)
    old = file_of(deployment)
    deployment.grow(WORKSPACE, 50, 50)
    deployment.run()
    deployment.cut(WORKSPACE, 950)
    restart(deployment, kept=950)
    deployment.run()
    found = grown(deployment, old)
    assert found.is_shown
    assert found.kept == 900
    assert len(found.restarts) == 1


def test_a_file_of_the_new_epoch_has_no_restart_after_it() -> None:
    deployment = a_log(300)
    deployment.cut(WORKSPACE, 0)
    restart(deployment, kept=0)
    deployment.grow(WORKSPACE, 40)
    deployment.run()
    old = file_of(deployment)
    deployment.grow(WORKSPACE, 40)
    deployment.run()
    assert old.checkpoint.epoch == 1
    found = grown(deployment, old)
    assert (found.is_shown, found.restarts) == (True, ())


def a_restarted_log() -> tuple[Deployment, ProofFile]:
    """A log whose chain was lost and restarted, and a checkpoint file from before."""
    deployment = a_log(300)
    old = file_of(deployment)
    deployment.cut(WORKSPACE, 0)
    restart(deployment, kept=0)
    deployment.grow(WORKSPACE, 40)
    deployment.run()
    return deployment, old


def test_a_restart_that_is_left_out_of_the_answer_is_missed() -> None:
    deployment, old = a_restarted_log()
    answer = msgspec.structs.replace(answer_to(deployment, old), restarts=())
    with pytest.raises(FailedStep, match="no restart for each epoch"):
        verify_consistency(old, answer, POLICY)


def test_a_restart_that_the_log_does_not_have_is_refused() -> None:
    deployment, old = a_restarted_log()
    answer = answer_to(deployment, old)
    [placed] = answer.restarts
    forged = placed.entry.replace(b"\n0\n", b"\n300\n")
    assert forged != placed.entry
    answer = msgspec.structs.replace(
        answer, restarts=(msgspec.structs.replace(placed, entry=forged),)
    )
    with pytest.raises(FailedStep, match="growth of the workspace tree"):
        verify_consistency(old, answer, POLICY)


def test_a_restart_of_another_workspace_does_not_explain_a_new_epoch() -> None:
    deployment = a_log(300)
    deployment.grow(OTHER, 300)
    deployment.run()
    old = file_of(deployment)
    for name in (WORKSPACE, OTHER):
        deployment.cut(name, 0)
        deployment.turns.waiting.append(RestartRequest(name, 0, 299, "the table was restored"))
    deployment.run()
    for name in (WORKSPACE, OTHER):
        deployment.grow(name, 40)
    deployment.run()
    other = answer_to(deployment, file_of(deployment, OTHER), OTHER)
    answer = msgspec.structs.replace(answer_to(deployment, old), restarts=other.restarts)
    with pytest.raises(FailedStep, match="no restart for each epoch"):
        verify_consistency(old, answer, POLICY)


def test_a_new_epoch_that_is_covered_piece_by_piece_has_not_come_so_far_yet(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    deployment = a_log(100, 100, 100)
    old = file_of(deployment)
    deployment.grow(WORKSPACE, 50)
    deployment.run()
    deployment.cut(WORKSPACE, 300)
    monkeypatch.setattr(cover, "MAX_RECORDS", 100)
    restart(deployment, kept=300)
    found = grown(deployment, old)
    assert (found.kept, found.is_shown, found.newest.checkpoint.size) == (300, False, 100)
    deployment.run()
    deployment.run()
    assert grown(deployment, old).is_shown
