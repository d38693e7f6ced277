"""Runs: what each publishes, and when there is nothing to publish."""

from __future__ import annotations

import pytest
from indelible.covering.run import HEARTBEAT_SECONDS
from indelible.errors import Contradiction
from indelible.tlog.note import is_signed_by
from support.builders import SECOND
from support.deployment import MINUTE, ORIGIN, TABLE, Deployment, damaged
from support.log_audit import RUN
from support.notes import LOG


def test_the_first_run_founds_the_log() -> None:
    log = Deployment()
    report = log.run()
    [first] = log.runs
    assert report.published == first
    assert first.number == 1
    assert first.checkpoint.origin == ORIGIN
    assert first.checkpoint.size == 1
    assert first.workspaces == 0
    assert first.table_arn == TABLE
    assert is_signed_by(first.note, LOG.key)
    assert log.bucket.objects["origin"] == f"{ORIGIN}\n{LOG.key.text}\n".encode()
    assert log.bucket.objects[f"key/{LOG.key.key_id.hex()}"] == f"{LOG.key.text}\n1\n".encode()
    assert log.assert_sound().entries[0].startswith(RUN)


def test_growth_is_covered_by_the_next_run() -> None:
    log = Deployment()
    log.run()
    log.grow("ws_a", 3, 2)
    log.grow("ws_b", 40)
    report = log.run()
    assert (report.records, report.held, report.lag, report.warnings) == (45, 0, 0.0, [])
    assert (log.covered("ws_a").size, log.covered("ws_b").size) == (5, 40)
    assert log.notes.waiting == {}
    log.grow("ws_a", 1)
    log.run()
    assert (log.covered("ws_a").size, log.covered("ws_b").size) == (6, 40)
    assert [each.checkpoint.size for each in log.runs] == [1, 2, 3]
    log.assert_sound()


def test_when_nothing_has_changed_nothing_is_signed_or_stored() -> None:
    log = Deployment()
    log.grow("ws_a", 3)
    log.run()
    stored = dict(log.bucket.objects), dict(log.states.versions), log.turns.turn
    for _ in range(59):
        report = log.run()
        assert report.published is None
        assert report.warnings == []
    assert (log.bucket.objects, log.states.versions, log.turns.turn) == stored
    assert len(log.signed) == 1


def test_a_note_about_what_is_covered_is_deleted_and_nothing_is_published() -> None:
    log = Deployment()
    log.grow("ws_a", 3)
    log.run()
    log.note("ws_a", 1)
    log.note("ws_of_nobody", 1)
    log.notes.send(b"not a note")
    assert log.run().published is None
    assert log.notes.waiting == {}


def test_an_idle_log_has_a_heartbeat_an_hour_with_the_map_as_it_is() -> None:
    log = Deployment()
    log.grow("ws_a", 3)
    log.run()
    assert log.run((HEARTBEAT_SECONDS - 1) * SECOND).published is None
    assert log.run(SECOND).published
    first, beat = log.runs
    assert beat.run_entry.map_root == first.run_entry.map_root
    assert beat.run_entry.time == first.run_entry.time + HEARTBEAT_SECONDS
    log.assert_sound()


def test_time_never_goes_back_though_a_clock_does() -> None:
    log = Deployment()
    log.run()
    log.grow("ws_a", 1)
    log.run(-30 * MINUTE)
    first, second = log.runs
    assert second.run_entry.time == first.run_entry.time
    log.assert_sound()


def test_a_damaged_record_holds_up_its_own_workspace_and_is_covered_once_it_is_right_again() -> (
    None
):
    log = Deployment()
    log.grow("ws_a", 3)
    log.run()
    [genuine] = log.grow("ws_a", 2)
    log.grow("ws_b", 4)
    log.ledger.load([damaged(genuine)])
    report = log.run()
    assert (report.held, report.lag) == (1, 0.0)
    assert (log.covered("ws_a").size, log.covered("ws_b").size) == (3, 4)
    hold = log.covered("ws_a").hold
    assert hold
    assert (hold.kind, hold.sequence, hold.since) == ("chain_break", 5, log.now)
    assert log.run().published is None, "the hold has not changed"
    log.ledger.load([genuine])
    assert log.run().held == 0
    assert log.covered("ws_a").size == 5
    assert log.covered("ws_a").hold is None
    log.assert_sound()


def test_a_log_of_another_origin_is_refused() -> None:
    log = Deployment()
    log.run()
    log.bucket.objects["origin"] = b"other.example.com/log\n"
    with pytest.raises(Contradiction, match=r"other\.example\.com"):
        log.run()


def test_a_bucket_with_runs_and_no_origin_is_refused() -> None:
    log = Deployment()
    log.run()
    del log.bucket.objects["origin"]
    with pytest.raises(Contradiction, match="no origin"):
        log.run()
