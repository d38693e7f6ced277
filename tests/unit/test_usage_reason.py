"""The used amounts in a usage item, and the limit that then refuses a request."""

from __future__ import annotations

from typing import Any

import pytest
from indelible.accounts.limits import Charge, Limits, limit_reached
from indelible.aws.table import number
from indelible.aws.usage_item import used_at
from support.builders import MINUTE, NOON, SECOND

NOW = NOON + 8 * SECOND

TEN, CHARGE = Limits(10, 10, 10, 10), Charge(1, 1, 1)


def an_item(**counters: int) -> dict[str, Any]:
    """A usage item in which the month and the minute of NOW are used up, except for one."""
    slot = NOW // MINUTE % 8
    used = {"events": 9, "requests": NOW // MINUTE * 1_000_000 + 9, "bytes": 9, "repeats": 9}
    numbers = {**used, "refuse_until": NOW, **counters}
    in_slots = ("requests", "bytes", "repeats")
    return {f"{k}_{slot}" if k in in_slots else k: number(n) for k, n in numbers.items()}


@pytest.mark.parametrize(
    "counters", [{}, {"refuse_until": NOW + 2 * MINUTE + 1}, {"requests": 0, "bytes": 99}]
)
def test_a_refusal_exactly_at_the_limits_was_a_race(counters: dict[str, int]) -> None:
    used = used_at(an_item(**counters), CHARGE, NOW)
    assert limit_reached(used, CHARGE, TEN, NOW) is None


@pytest.mark.parametrize(
    ("counters", "reason"),
    [
        ({"events": 10}, "left this month: 0 of 10"),
        ({"events": 12}, "left this month: 0 of 10"),
        ({"requests": NOW // MINUTE * 1_000_000 + 10}, "10 requests a minute"),
        ({"requests": (NOW // MINUTE + 8) * 1_000_000}, "10 requests a minute"),
        ({"bytes": 10}, "10 bytes of events a minute"),
        ({"repeats": 10}, "may repeat 10 events a minute"),
        ({"refuse_until": NOW + 1}, "wait to be chained"),
        ({"refuse_until": NOW + 2 * MINUTE}, "wait to be chained"),
    ],
)
def test_one_more_than_a_limit_is_the_reason(counters: dict[str, int], reason: str) -> None:
    reached = limit_reached(used_at(an_item(**counters), CHARGE, NOW), CHARGE, TEN, NOW)
    assert reason in str(reached)
