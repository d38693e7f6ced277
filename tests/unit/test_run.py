"""Runs: what each publishes, and when there is nothing to publish."""

from __future__ import annotations

from dataclasses import replace

import pytest
from indelible.checkpoints.entries import RestartEntry
from indelible.checkpoints.requests import ContinueRequest, RestartRequest
from indelible.checkpoints.workspace_map import row_key
from indelible.covering.run import HEARTBEAT_SECONDS
from indelible.errors import Contradiction, Unavailable
from indelible.tlog.note import is_signed_by
from support.builders import SECOND
from support.deployment import MINUTE, ORIGIN, TABLE, Deployment, damaged, segments_after
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


def test_what_there_was_no_time_for_is_covered_by_the_next_run() -> None:
    log = Deployment()
    log.run()
    log.grow("ws_a", 3)
    assert log.run(has_time=lambda: False).published is None
    assert len(log.notes.waiting) == 1, "only the note knows of the workspace"
    log.run()
    log.grow("ws_a", 2)
    report = log.run(has_time=lambda: False)
    assert report.lag == 0.0
    assert log.notes.waiting == {}
    assert log.run(has_time=lambda: False).lag == MINUTE / SECOND
    log.run()
    assert log.covered("ws_a").size == 5
    log.assert_sound()


def test_a_new_chain_that_cannot_be_read_keeps_its_note_and_its_lag_grows() -> None:
    """No row knows of the chain yet. Without the note, nobody would look for it."""
    log = Deployment()
    log.run()
    log.grow("ws_a", 3)
    for minutes in (1, 2, 3):
        log.ledger.faults.plan("segments_of", "before")
        log.ledger.faults.plan("ascending", "before")
        report = log.run()
        assert (report.published, report.lag) == (None, minutes * MINUTE / SECOND)
        assert len(log.notes.waiting) == 1
    assert log.notes.faults.calls[-1] == "notes.release", "so that the next run receives it"
    assert log.run().lag == 0.0
    assert log.covered("ws_a").size == 3
    assert log.notes.waiting == {}


def test_a_new_chain_for_which_there_is_no_time_lags_since_its_note_was_sent() -> None:
    log = Deployment()
    log.run()
    log.grow("ws_a", 3)
    lags = [log.run(has_time=lambda: False).lag for _ in range(3)]
    assert lags == [60.0, 120.0, 180.0]


def test_a_note_of_a_chain_that_does_not_exist_is_no_lag() -> None:
    log = Deployment()
    log.run()
    log.note("ws_of_nobody", 1)
    assert log.run().lag == 0.0


def test_a_known_chain_that_cannot_be_read_waits_in_the_state() -> None:
    log = Deployment()
    log.grow("ws_a", 3)
    log.run()
    log.grow("ws_a", 3)
    log.ledger.faults.plan("segments_of", "before")
    log.ledger.faults.plan("ascending", "before")
    log.run()
    assert log.covered("ws_a").size == 3
    growth = log.covered("ws_a").growth
    assert growth
    assert growth.since == log.now
    assert log.run().lag == 0.0
    assert log.covered("ws_a").size == 6
    log.assert_sound()


def test_a_late_note_about_less_does_not_end_the_wait_for_more() -> None:
    """The first note comes again. What it names is not all that is known to wait."""
    log = Deployment()
    log.grow("ws_a", 3)
    log.run()
    log.grow("ws_a", 3, 2, 4)
    log.ledger.faults.plan("segments_of", "before")
    log.ledger.faults.plan("ascending", "before")
    log.run()
    log.note("ws_a", 4)
    log.run()
    assert log.covered("ws_a").size == 12
    log.assert_sound()


def test_a_restart_ends_an_epoch_beside_its_entry() -> None:
    log = Deployment()
    log.grow("ws_a", 3, 4)
    log.grow("ws_b", 1)
    log.run()
    old = log.covered("ws_a")
    log.cut("ws_a", 3)
    log.note("ws_a", 1)
    assert log.run().held == 1
    hold = log.covered("ws_a").hold
    assert hold
    assert hold.kind == "truncated"
    request = RestartRequest("ws_a", 0, 3, "restored from a backup of yesterday")
    log.turns.waiting.append(request)
    log.append(segments_after("ws_a", log.ledger.chain("ws_a")[-1].head, (2,), number=1_000))
    log.run()
    new = log.covered("ws_a")
    assert (new.epoch, new.size, new.restarts, new.hold) == (1, 5, (3,), None)
    [entry] = log.runs[-1].entries_before
    assert entry == RestartEntry(
        log.now // SECOND, row_key("ws_a"), 0, 7, old.tree.root, 3, request.reason_sha256
    )
    assert log.turns.waiting == []
    assert log.runs[-1].checkpoint.size == 4
    log.assert_sound()


def test_a_restart_that_is_requested_twice_happens_once() -> None:
    log = Deployment()
    log.grow("ws_a", 3)
    log.run()
    log.truths["ws_a"].append(log.truths["ws_a"][0])
    log.turns.waiting += [RestartRequest("ws_a", 0, 3, "one"), RestartRequest("ws_a", 0, 3, "two")]
    log.turns.faults.plan("turns.done", "before")
    with pytest.raises(Unavailable):
        log.run()
    assert log.covered("ws_a").epoch == 1
    assert log.run().published is None
    assert log.turns.waiting == []
    assert log.covered("ws_a").epoch == 1
    log.assert_sound()


def test_a_restart_of_an_unknown_workspace_or_of_another_epoch_changes_nothing() -> None:
    log = Deployment()
    log.grow("ws_a", 3)
    log.run()
    log.turns.waiting += [RestartRequest("ws_a", 1, 3, ""), RestartRequest("ws_none", 0, 3, "")]
    assert log.run().published is None
    assert log.turns.waiting == []


def test_only_the_first_run_continues_another_log() -> None:
    log = Deployment()
    request = ContinueRequest("old.example.com/log", 77, bytes(32))
    log.turns.waiting.append(request)
    log.run()
    entries = [each.encoded for each in log.runs[0].entries]
    assert entries[0].startswith(b"indelible.continues/v1\n")
    log.turns.waiting.append(replace(request, old_size=78))
    assert log.run().published is None
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
