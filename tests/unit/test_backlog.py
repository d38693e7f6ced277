"""A workspace is refused when its events are not chained in time, but not for a burst."""

from __future__ import annotations

import pytest
from indelible.errors import IndelibleError, OutOfTime, SequenceTaken, Unavailable, Unreadable
from indelible.writing.delivery import Outcome, is_behind
from support.builders import MINUTE, NOON, SECOND, as_delivered

NOW = NOON + 10 * MINUTE


def is_behind_after(outcome: Outcome, *seconds_ago: int) -> bool:
    delivered = [as_delivered("m", "", NOW - ago * SECOND) for ago in seconds_ago]
    return is_behind(delivered, outcome, NOW)


def test_messages_chained_within_two_minutes_cause_no_refusal() -> None:
    assert not is_behind_after(Outcome(chained=3), 0, 60, 120)
    assert not is_behind_after(Outcome(quarantined=["m"]), 1)


def test_a_message_older_than_two_minutes_has_its_workspace_refused() -> None:
    assert is_behind_after(Outcome(chained=3), 0, 121)


@pytest.mark.parametrize("error", [Unavailable("x"), SequenceTaken("x"), Unreadable("x")])
def test_a_delivery_that_fails_has_its_workspace_refused(error: IndelibleError) -> None:
    assert is_behind_after(Outcome(failed=["m"], error=error), 1)
    assert is_behind_after(Outcome(failed=["m"], error=error, chained=100), 1)


def test_a_burst_over_several_deliveries_causes_no_refusal() -> None:
    """Time ran out after part of the delivery was chained; the rest comes next."""
    assert not is_behind_after(Outcome(failed=["m"], error=OutOfTime("x"), chained=100), 1)
    assert is_behind_after(Outcome(failed=["m"], error=OutOfTime("x"), chained=100), 121)
    assert is_behind_after(Outcome(failed=["m"], error=OutOfTime("x")), 1), "an endless look-up"
