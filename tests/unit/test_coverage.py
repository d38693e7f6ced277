"""Coverage: up to where, by whom, since when; what waits, what holds it, and what was lost."""

from __future__ import annotations

from dataclasses import replace

from indelible.checkpoints.watched import BACKDATED, Finding, Watched
from indelible.checkpoints.workspace_state import Hold
from indelible.proving.restarts import LoggedPast
from indelible.proving.standing import Standing, standing_of
from indelible.tlog.cosignature import Cosignature, unchecked_times
from indelible.tlog.note import NoteSignature
from indelible.verifying.coverage import Coverage
from support.builders import NOON, SECOND, WORKSPACE
from support.deployment import Deployment, damaged
from support.memory_witness import MemoryWitness
from support.notes import FIRST, LOG
from support.proving import a_deployment, runs_of

WARNING = Finding(WORKSPACE, "backdated/4", BACKDATED, 4, NOON, "created at noon")
WRONG = Finding(WORKSPACE, "index/0", "index_mismatch", 1, NOON, "it hides 3 records")


def a_standing(
    deployment: Deployment, workspace_id: str = WORKSPACE, watched: Watched | None = None
) -> Standing:
    newest = runs_of(deployment).get(deployment.now)
    return standing_of(newest, LoggedPast(deployment.bucket), watched, workspace_id)


def coverage_of(deployment: Deployment, workspace_id: str = WORKSPACE) -> Coverage:
    return a_standing(deployment, workspace_id).coverage


def test_before_the_first_run_nothing_is_covered() -> None:
    deployment = a_deployment()
    standing = standing_of(None, LoggedPast(deployment.bucket), None, WORKSPACE)
    assert (standing.is_valid, standing.covered_head) == (True, None)
    assert standing.coverage.as_json() == {
        "covered_to": 0,
        "status": "not_covered",
        "detail": "no record is covered yet",
        "covered_between": None,
        "since": None,
        "epoch": 0,
        "restarts": [],
        "held": None,
        "log": None,
        "run": 0,
        "run_time": None,
        "cosigned_at": {},
        "findings": [],
        "head_checked_at": None,
        "records_checked_at": None,
    }
    assert deployment.bucket.faults.calls == []


def test_a_covered_chain_is_witnessed_up_to_the_newest_run_and_since_the_first() -> None:
    deployment = a_deployment()
    deployment.run()
    *_, last = deployment.grow(WORKSPACE, 5, 7)
    deployment.run()
    assert coverage_of(deployment).as_json() == {
        "covered_to": 12,
        "status": "witnessed",
        "detail": "this server says so, and no signature was checked",
        "covered_between": {"from": "2026-11-23T12:00:00.012000Z", "to": "2026-11-23T12:01:02Z"},
        "since": "2026-11-23T12:01:00Z",
        "epoch": 0,
        "restarts": [],
        "held": None,
        "log": LOG.name,
        "run": 2,
        "run_time": "2026-11-23T12:02:00Z",
        "cosigned_at": {FIRST.name: "2026-11-23T12:01:02Z"},
        "findings": [],
        "head_checked_at": None,
        "records_checked_at": None,
    }
    assert last.last_created_at == NOON + 12_000
    assert MemoryWitness().time == NOON // SECOND + 62


def test_without_witnesses_a_chain_is_signed_by_the_operator_only() -> None:
    deployment = Deployment()
    deployment.grow(WORKSPACE, 5)
    deployment.run()
    found = coverage_of(deployment)
    assert (found.status.value, found.status.words) == (
        "signed_by_operator",
        "signed by the operator only",
    )
    assert found.covered_by == found.run_time == NOON // SECOND + 60


def test_a_signature_of_another_kind_and_a_time_that_no_clock_shows_are_no_cosignatures() -> None:
    deployment = a_deployment()
    deployment.grow(WORKSPACE, 5)
    deployment.run()
    other = NoteSignature("other.example", b"kind", bytes(2_428))
    ahead = NoteSignature("ahead.example", b"kind", Cosignature(2**62, bytes(64)).encoded)
    note = deployment.runs[-1].note.with_signatures(other, ahead)
    assert {*unchecked_times(note)} == {FIRST.name}


def test_a_chain_that_no_run_has_seen_is_not_covered() -> None:
    deployment = a_deployment()
    deployment.run()
    found = coverage_of(deployment)
    assert (found.size, found.status, found.run, found.hold) == (0, "not_covered", 1, None)
    assert found.since == NOON // SECOND + 60


def test_what_holds_a_chain_is_said() -> None:
    deployment = a_deployment()
    deployment.grow(WORKSPACE, 5)
    deployment.run()
    deployment.ledger.load([damaged(each) for each in deployment.grow(WORKSPACE, 3)])
    deployment.run()
    standing = a_standing(deployment)
    hold = deployment.covered(WORKSPACE).hold
    assert (standing.state.size, standing.coverage.hold) == (5, hold)
    assert hold
    assert standing.state.growth
    assert standing.coverage.as_json()["held"] == {
        "type": "chain_break",
        "sequence": hold.sequence,
        "since": "2026-11-23T12:02:00.000000Z",
        "detail": hold.reason,
    }


def test_a_hold_or_a_finding_makes_a_chain_invalid_and_a_warning_does_not() -> None:
    deployment = a_deployment()
    deployment.grow(WORKSPACE, 5)
    deployment.run()
    standing = a_standing(deployment, watched=Watched([WARNING], NOON, 0))
    assert standing.is_valid
    assert not replace(standing, watched=Watched([WARNING, WRONG], NOON, 0)).is_valid
    hold = Hold(NOON, "chain_break", 5, "another hash")
    assert not replace(standing, state=replace(standing.state, hold=hold)).is_valid


def test_what_the_watcher_has_found_and_when_it_looked_is_shown() -> None:
    deployment = a_deployment()
    shown = a_standing(deployment, watched=Watched([WRONG], 0, NOON)).coverage.as_json()
    noon = "2026-11-23T12:00:00.000000Z"
    assert shown["findings"] == [
        {"type": "index_mismatch", "sequence": 1, "since": noon, "detail": "it hides 3 records"}
    ]
    assert (shown["head_checked_at"], shown["records_checked_at"]) == (noon, None)


def test_of_a_copy_only_what_is_covered_is_known() -> None:
    deployment = a_deployment()
    deployment.grow(WORKSPACE, 5)
    deployment.run()
    found = a_standing(deployment, watched=Watched([WRONG], 0, 0)).of_copy
    assert found.is_valid
    assert found.coverage.as_json()["findings"] is None
    assert found.coverage.size == 5
