"""Limits: the rule alone, at its edges."""

from __future__ import annotations

import pytest
from indelible.accounts.limits import Charge, Limits, Used, limit_reached, month_of
from indelible.errors import Backlogged, LimitReached, QuotaExceeded, RateLimited
from support.builders import MINUTE, NOON, SECOND

NOW = NOON + 8 * SECOND
TEN = Limits(10, 10, 10, 10)
FULL = Used(10, 10, 10, 10, NOW + 1)
ONE_LEFT = Used(9, 9, 9, 9, NOW)


def test_a_request_that_uses_every_limit_exactly_passes() -> None:
    assert limit_reached(ONE_LEFT, Charge(1, 1, 1), TEN, NOW) is None


@pytest.mark.parametrize(
    ("used", "error"),
    [
        (ONE_LEFT._replace(events=10), QuotaExceeded),
        (ONE_LEFT._replace(requests=10), RateLimited),
        (ONE_LEFT._replace(bytes=10), RateLimited),
        (ONE_LEFT._replace(repeats=10), RateLimited),
        (ONE_LEFT._replace(refuse_until=NOW + 1), Backlogged),
        (ONE_LEFT._replace(refuse_until=NOW + 2 * MINUTE), Backlogged),
    ],
)
def test_one_more_than_a_limit_is_refused(used: Used, error: type[LimitReached]) -> None:
    assert isinstance(limit_reached(used, Charge(1, 1, 1), TEN, NOW), error)


def test_a_backlog_time_more_than_two_minutes_ahead_causes_no_refusal() -> None:
    ahead = ONE_LEFT._replace(refuse_until=NOW + 2 * MINUTE + 1)
    assert limit_reached(ahead, Charge(1, 1, 1), TEN, NOW) is None


def test_a_request_is_not_refused_for_a_limit_it_does_not_use() -> None:
    used = Used(events=10, repeats=10)
    assert limit_reached(used, Charge(0, 1, 0), TEN, NOW) is None
    lowered = Limits(10, 3, 10, 3)
    assert limit_reached(used, Charge(0, 1, 0), lowered, NOW) is None


@pytest.mark.parametrize(
    ("charge", "limits", "error", "seconds"),
    [
        (Charge(1, 1, 1), TEN, QuotaExceeded, None),
        (Charge(0, 1, 1), TEN, RateLimited, 52),
        (Charge(0, 1, 1), Limits(11, 10, 11, 11), Backlogged, 30),
    ],
)
def test_the_limit_that_lasts_longest_is_reported(
    charge: Charge, limits: Limits, error: type[LimitReached], seconds: int | None
) -> None:
    reached = limit_reached(FULL, charge, limits, NOW)
    assert isinstance(reached, error)
    assert reached.retry_after == seconds


def test_a_lowered_quota_leaves_zero_and_never_less() -> None:
    reached = limit_reached(Used(events=12), Charge(1), TEN, NOW)
    assert "left this month: 0 of 10" in str(reached)


def test_months_are_in_utc() -> None:
    assert month_of(NOON) == "2026-11"
    assert month_of(NOON + 8 * 86_400 * SECOND - 43_200 * SECOND - 1) == "2026-11"
    assert month_of(NOON + 8 * 86_400 * SECOND - 43_200 * SECOND) == "2026-12"
