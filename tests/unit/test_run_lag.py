"""What a run cannot cover waits, and its lag counts from when it was first noted."""

from __future__ import annotations

from support.builders import SECOND
from support.deployment import MINUTE, Deployment


def test_what_there_was_no_time_for_is_covered_by_the_next_run() -> None:
    log = Deployment()
    log.run()
    log.grow("ws_a", 3)
    assert log.run(has_time=lambda: False).published is None
    assert len(log.notes.waiting) == 1, "only the note knows of the workspace"
    log.run()
    log.grow("ws_a", 2)
    assert log.run(has_time=lambda: False).lag == MINUTE / SECOND
    assert log.notes.waiting == {}
    assert log.run(has_time=lambda: False).lag == 2 * MINUTE / SECOND
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


def test_a_run_that_loses_hands_its_notes_to_the_next_one() -> None:
    """Else they would stay hidden for three minutes, and the growth that they name would wait."""
    log = Deployment()
    log.run()
    log.grow("ws_a", 3)

    def meanwhile(method: str) -> None:
        if method != "states.put":
            return
        log.states.faults.interrupt = None
        ours, log.notes.waiting = log.notes.waiting, {}  # another run receives none of these
        log.grow("ws_b", 1)
        assert log.run().published
        assert log.notes.waiting == {}
        log.notes.waiting = ours
        log.notes.faults.calls.clear()

    log.states.faults.interrupt = meanwhile
    assert log.run().published is None
    assert log.notes.faults.calls == ["notes.release"]
    log.run()
    assert (log.covered("ws_a").size, log.covered("ws_b").size) == (3, 1)
    assert log.notes.waiting == {}
    log.assert_sound()


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
    noted_at = log.now
    log.ledger.faults.plan("segments_of", "before")
    log.ledger.faults.plan("ascending", "before")
    log.run()
    assert log.covered("ws_a").size == 3
    growth = log.covered("ws_a").growth
    assert growth
    assert growth.since == noted_at
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
