"""Consistency: the holder of an older file sees that the log of today took nothing back."""

from __future__ import annotations

from dataclasses import replace

import pytest
from indelible.checkpoints.consistency import read_consistency
from indelible.errors import NotReady, Unreadable
from indelible.proving.consistency import prove_consistency
from indelible.tlog.policy import policy_of
from indelible.verifying.consistency import verify_consistency
from indelible.verifying.proof import AgeLimit, FailedStep, Step
from support.builders import NOON, SECOND, WORKSPACE
from support.notes import LOG
from support.proving import POLICY, runs_of
from unit.grown_logs import OTHER, a_log, answer_to, file_of, grown


@pytest.mark.parametrize("more", [(), (1,), (3, 250, 2), (300, 900)])
def test_a_log_that_only_grew_goes_on_from_an_older_file(more: tuple[int, ...]) -> None:
    deployment = a_log(10)
    old = file_of(deployment)
    for count in more:
        deployment.grow(WORKSPACE, count)
        deployment.run()
    found = grown(deployment, old)
    assert found.is_shown
    assert (found.kept, found.restarts) == (10, ())
    assert found.newest.checkpoint.size == 10 + sum(more)
    assert found.since == NOON // SECOND + 60


def test_a_log_of_hundreds_of_runs_goes_on_from_each_of_them() -> None:
    deployment = a_log(1)
    files = [file_of(deployment)]
    for _ in range(258):
        deployment.grow(WORKSPACE, 1)
        deployment.run()
        files.append(file_of(deployment))
    for old in files[::16] + files[-4:]:
        assert grown(deployment, old).is_shown


def test_a_path_far_behind_reads_no_record() -> None:
    deployment = a_log(512)
    old = file_of(deployment)
    deployment.grow(WORKSPACE, 1_000)
    deployment.run()
    newest = runs_of(deployment).read(deployment.now)
    deployment.bucket.faults.calls.clear()
    answer = prove_consistency(newest, deployment.bucket, deployment.ledger, WORKSPACE, 1, 512)
    assert {*deployment.bucket.faults.calls} == {"bucket.read"}
    assert verify_consistency(old, answer, POLICY).is_shown


def test_another_log_does_not_go_on_from_the_file() -> None:
    """The victim was shown a fork, and the log was healed since."""
    old = file_of(a_log(10))
    other = a_log(9, 6)
    with pytest.raises(FailedStep, match=r"growth of the log: .*another root") as failed:
        grown(other, old)
    assert failed.value.step == Step.LOG_GROWTH


def test_a_log_that_became_shorter_is_refused() -> None:
    old = file_of(a_log(3, 3, 3))
    with pytest.raises(FailedStep, match="has 1 entries, and had 3 before"):
        grown(a_log(9), old)


def test_a_path_of_another_workspace_tree_is_refused() -> None:
    deployment = a_log(10)
    old = file_of(deployment)
    deployment.grow(WORKSPACE, 5)
    deployment.run()
    forged = replace(old, checkpoint=replace(old.checkpoint, root=bytes(32)))
    with pytest.raises(FailedStep, match=r"growth of the workspace tree: .*another old root"):
        grown(deployment, forged)


def test_an_answer_about_another_workspace_is_refused() -> None:
    deployment = a_log(10)
    deployment.grow(OTHER, 20)
    deployment.run()
    old = file_of(deployment)
    answer = answer_to(deployment, old, OTHER)
    with pytest.raises(FailedStep, match="is one of the workspace ws_other"):
        verify_consistency(old, answer, POLICY)


def test_the_newest_file_must_be_young_enough_and_signed_by_the_same_policy() -> None:
    deployment = a_log(10)
    old = file_of(deployment)
    answer = answer_to(deployment, old)
    witnessed_at = deployment.witnesses[0].time
    assert verify_consistency(old, answer, POLICY, AgeLimit(witnessed_at + 600, 600)).is_shown
    with pytest.raises(FailedStep, match="601 seconds old"):
        verify_consistency(old, answer, POLICY, AgeLimit(witnessed_at + 601, 600))
    other = policy_of(replace(LOG, seed="another").key)
    with pytest.raises(FailedStep, match="No log of the policy"):
        verify_consistency(old, answer, other)


def test_a_log_that_covers_no_record_of_the_workspace_says_so() -> None:
    old = file_of(a_log(10))
    with pytest.raises(NotReady):
        answer_to(a_log(10, workspace_id=OTHER), old)


@pytest.mark.parametrize(
    "changed",
    [
        b"{}",
        b'{"checkpoint":1}',
        b"[]",
        b"\xff",
        b'{"checkpoint":"","log":["AAAA"],"workspace":null,'
        b'"first":{"entry":"","index":0,"path":[]},"restarts":[]}',
    ],
)
def test_an_answer_in_another_form_is_unreadable(changed: bytes) -> None:
    with pytest.raises(Unreadable):
        read_consistency(changed)


def test_no_byte_of_an_answer_can_be_changed_without_notice() -> None:
    """Whatever still verifies says the same: only white space of JSON and case of escapes."""
    deployment = a_log(10)
    old = file_of(deployment)
    deployment.grow(WORKSPACE, 5)
    deployment.run()
    encoded = answer_to(deployment, old).encoded
    truth = verify_consistency(old, read_consistency(encoded), POLICY)
    for place in range(len(encoded)):
        mangled = encoded[:place] + bytes([encoded[place] ^ 1]) + encoded[place + 1 :]
        try:
            found = verify_consistency(old, read_consistency(mangled), POLICY)
        except (FailedStep, Unreadable):
            continue
        assert found == truth
