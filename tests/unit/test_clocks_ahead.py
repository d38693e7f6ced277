"""A clock that was ahead once: nothing waits until its time has come."""

from __future__ import annotations

from indelible.checkpoints.workspace_state import Growth, WorkspaceState
from indelible.covering.plan import waiting_at
from indelible.watching.pace import INTERVAL
from support.builders import NOON
from support.deployment import HOUR, MINUTE, Deployment
from support.watched import Watching

YEAR = 365 * 24 * HOUR
AHEAD = "The newest run says that it is of a later time"


def never() -> bool:
    return False


def a_log_whose_clock_was_ahead() -> Deployment:
    """Two chains have grown. The run that has learned of it had no time to cover them."""
    log = Deployment()
    log.grow("ws_a", 3)
    log.run()
    log.grow("ws_a", 2)
    log.run(after=YEAR, has_time=never)
    log.now -= YEAR
    return log


def test_growth_waits_since_its_note_whatever_the_clock_of_a_run_was() -> None:
    log = a_log_whose_clock_was_ahead()
    lags = [log.run(has_time=never).lag for _ in range(3)]
    assert lags == [60.0, 120.0, 180.0]
    log.run()
    assert log.covered("ws_a").size == 5
    log.assert_sound()


def test_growth_of_a_later_time_waits_since_now() -> None:
    restarted = WorkspaceState("ws_a", growth=Growth(NOON + YEAR, 3))
    [waiting] = waiting_at([restarted], {}, NOON)
    assert waiting.state.growth == Growth(NOON, 3)


def test_a_run_whose_clock_was_ahead_is_warned_of_once() -> None:
    log = a_log_whose_clock_was_ahead()
    warnings = [log.run().warnings for _ in range(5)]
    assert [len(each) for each in warnings] == [1, 0, 0, 0, 0]
    assert warnings[0][0].startswith(AHEAD)
    assert log.runs[-1].run_entry.time == log.runs[1].run_entry.time
    log.assert_sound()


def test_clocks_may_differ_by_some_minutes() -> None:
    log = Deployment()
    log.run(after=4 * MINUTE)
    log.now -= 4 * MINUTE
    assert log.run().warnings == []


def test_the_watcher_whose_clock_was_ahead_goes_on_as_before() -> None:
    watching = Watching()
    watching.grow("ws_a", 300)
    watching.watch()
    watching.deployment.now += YEAR
    watching.watch()
    watching.deployment.now -= YEAR
    report = watching.watch()
    position, now = watching.position, watching.deployment.now
    assert max(position.heads) <= now
    assert position.listed_at <= now
    assert position.round.began <= now
    assert position.run_time * 1_000_000 <= now
    assert position.anchored < "2027"
    assert max(position.rounds.values(), default=0) <= now
    ages = [watching.watch().age for _ in range(3)]
    assert report.age < 100
    assert max(ages) < 100
    for _ in range(12 * 24):
        watching.watch()
    assert watching.position.round.began > now
    assert watching.anchors.stored


def test_a_watcher_that_has_stopped_after_its_clock_was_ahead_is_late() -> None:
    watching = Watching()
    watching.grow("ws_a", 300)
    watching.deployment.now += YEAR
    watching.watch()
    watching.deployment.now -= YEAR
    watching.watch()
    assert watching.watch(after=HOUR + 2 * INTERVAL, has_time=never).age > 100
