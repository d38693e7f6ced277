"""Crashes and failures of the watcher: whatever call it stops at, later invocations go on."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress

import pytest
from indelible.errors import Unavailable, Unreadable
from indelible.watching.position import FORMAT, Position, read_position
from indelible.watching.watch import watch
from support.builders import DAY, MINUTE
from support.deployment import always
from support.watched import Watching


class KilledError(BaseException):
    """The process ended at a call."""


def a_small_one() -> Watching:
    """Two chains in which the watcher has much to do: a lost note, a new block, and a break."""
    watching = Watching()
    watching.grow("ws_a", 5)
    watching.grow("ws_b", 300)
    watching.watch()
    watching.deployment.now += DAY
    watching.grow("ws_b", 300)
    watching.chain_on("ws_c", 2, is_noted=False)
    watching.deployment.now += 5 * MINUTE
    del watching.bucket.objects["ws/ws_b/0/tile/0/001"]
    watching.share_faults()
    watching.faults.calls.clear()
    return watching


def invoke(watching: Watching) -> None:
    """An invocation by itself, without runs, so that all calls are the watcher's."""
    watching.deployment.now += 5 * MINUTE
    watch(watching.services, watching.deployment.now, always)


def calls_of_an_invocation() -> int:
    watching = a_small_one()
    invoke(watching)
    return len(watching.faults.calls)


CALLS = calls_of_an_invocation()


def kill_at(watching: Watching, number: int, error: Callable[[], BaseException]) -> None:
    left = number

    def interrupt(_method: str) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            raise error()

    watching.faults.interrupt = interrupt


def assert_it_has_found_all(watching: Watching) -> None:
    watching.faults.interrupt = None
    for _ in range(12):
        invoke(watching)
    assert watching.findings == [("ws_b", "bucket_tampered", 512)]
    assert not watching.verdicts.known["ws_b"].is_valid
    assert watching.verdicts.known["ws_a"].is_valid
    assert watching.verdicts.known["ws_a"].round_at
    watching.deployment.run()
    assert watching.deployment.covered("ws_c").size == 2
    assert len(watching.anchors.stored) == 2


def test_an_invocation_makes_many_calls() -> None:
    assert CALLS > 25


@pytest.mark.parametrize("number", range(1, CALLS + 1))
def test_a_watcher_that_was_killed_at_any_call_goes_on(number: int) -> None:
    watching = a_small_one()
    kill_at(watching, number, KilledError)
    with pytest.raises(KilledError):
        invoke(watching)
    assert_it_has_found_all(watching)


@pytest.mark.parametrize("number", range(1, CALLS + 1))
def test_a_watcher_that_a_service_failed_at_any_call_goes_on(number: int) -> None:
    watching = a_small_one()
    kill_at(watching, number, lambda: Unavailable("it does not answer"))
    with suppress(Unavailable):
        invoke(watching)
    assert_it_has_found_all(watching)


def test_a_failure_of_one_check_does_not_stop_the_others() -> None:
    watching = a_small_one()
    watching.index.faults.plan("directories", *["before"] * 9)
    watching.faults.plan("directories", *["before"] * 9)
    report = watch(watching.services, watching.deployment.now, always)
    assert any("directories" in each for each in report.unfinished)
    assert watching.position.anchored


def test_a_position_is_read_as_it_was_written() -> None:
    position = Position.at_first(7)
    assert read_position(position.encoded) == position


@pytest.mark.parametrize(
    "change",
    [
        lambda p: {**p, "format": FORMAT + 1},
        lambda p: {**p, "heads": p["heads"][1:]},
        lambda p: {**p, "more": 1},
        lambda p: {name: value for name, value in p.items() if name != "round"},
        lambda p: {**p, "round": {**p["round"], "began": "yesterday"}},
    ],
)
def test_another_position_is_refused(change: Callable[[dict[str, object]], object]) -> None:
    written = json.loads(Position.at_first(7).encoded)
    with pytest.raises(Unreadable):
        read_position(json.dumps(change(written), separators=(",", ":")).encode())


def test_a_lost_position_is_begun_anew_and_said() -> None:
    watching = a_small_one()
    watching.positions.content = b"{}"
    report = watching.watch()
    assert "begins again" in " ".join(report.unfinished)
    assert watching.watch().unfinished == []
