"""Usage on each engine: the requests of a minute and the events of a month, up to the last one."""

from __future__ import annotations

import pytest
from indelible.accounts.limits import Charge, Limits
from indelible.errors import QuotaExceeded, RateLimited
from indelible.times import format_time, parse_iso_8601
from integration.usage_engines import AnyUsage
from support.builders import KEY_PREFIX, MINUTE

NOW = parse_iso_8601("2026-11-23T20:23:08.000000Z")
PLENTY = 1_000_000


def test_exactly_the_allowed_requests_of_a_minute_pass(usage: AnyUsage, workspace_id: str) -> None:
    limits = Limits(requests_per_minute=3, events_per_month=PLENTY)
    for _ in range(3):
        usage.reserve(workspace_id, KEY_PREFIX, Charge(1), limits, NOW)
    with pytest.raises(RateLimited, match="3 requests a minute") as refused:
        usage.reserve(workspace_id, KEY_PREFIX, Charge(1), limits, NOW)
    assert refused.value.retry_after == 52  # it is 20:23:08
    assert usage.events_used(workspace_id, NOW) == 3


def test_a_new_minute_starts_at_zero(usage: AnyUsage, workspace_id: str) -> None:
    limits = Limits(requests_per_minute=1, events_per_month=PLENTY)
    last, first = NOW // MINUTE * MINUTE + MINUTE - 1, NOW // MINUTE * MINUTE + MINUTE
    usage.reserve(workspace_id, KEY_PREFIX, Charge(1), limits, last)
    with pytest.raises(RateLimited) as refused:
        usage.reserve(workspace_id, KEY_PREFIX, Charge(1), limits, last)
    assert refused.value.retry_after == 1
    usage.reserve(workspace_id, KEY_PREFIX, Charge(1), limits, first)
    with pytest.raises(RateLimited) as refused:
        usage.reserve(workspace_id, KEY_PREFIX, Charge(1), limits, first)
    assert refused.value.retry_after == 60


def test_a_late_request_of_the_previous_minute_counts_in_that_minute(
    usage: AnyUsage, workspace_id: str
) -> None:
    """Requests overtake each other; a late one must not reset this minute's count."""
    limits = Limits(requests_per_minute=1, events_per_month=PLENTY)
    usage.reserve(workspace_id, KEY_PREFIX, Charge(1), limits, NOW + MINUTE)
    usage.reserve(workspace_id, KEY_PREFIX, Charge(1), limits, NOW)
    for late in (NOW, NOW + MINUTE):
        with pytest.raises(RateLimited):
            usage.reserve(workspace_id, KEY_PREFIX, Charge(1), limits, late)


@pytest.mark.parametrize("minutes", [1, 2, 7, 8, 9, 16, 60, 1_440])
def test_a_minute_after_a_pause_starts_at_zero(
    usage: AnyUsage, workspace_id: str, minutes: int
) -> None:
    """However many minutes had no request; minutes share their attributes with others."""
    limits = Limits(requests_per_minute=2, events_per_month=PLENTY)
    for moment in (NOW, NOW + minutes * MINUTE):
        for _ in range(2):
            usage.reserve(workspace_id, KEY_PREFIX, Charge(1), limits, moment)
        with pytest.raises(RateLimited):
            usage.reserve(workspace_id, KEY_PREFIX, Charge(1), limits, moment)


def test_the_quota_can_be_used_to_the_last_event(usage: AnyUsage, workspace_id: str) -> None:
    limits = Limits(requests_per_minute=PLENTY, events_per_month=10)
    usage.reserve(workspace_id, KEY_PREFIX, Charge(7), limits, NOW)
    with pytest.raises(QuotaExceeded, match="this month: 3 of 10"):
        usage.reserve(workspace_id, KEY_PREFIX, Charge(4), limits, NOW)
    usage.reserve(workspace_id, KEY_PREFIX, Charge(3), limits, NOW)
    assert usage.events_used(workspace_id, NOW) == 10
    with pytest.raises(QuotaExceeded, match="left this month: 0"):
        usage.reserve(workspace_id, KEY_PREFIX, Charge(1), limits, NOW)


def test_a_refused_request_costs_no_request(usage: AnyUsage, workspace_id: str) -> None:
    limits = Limits(requests_per_minute=3, events_per_month=2)
    usage.reserve(workspace_id, KEY_PREFIX, Charge(1), limits, NOW)
    for _ in range(5):
        with pytest.raises(QuotaExceeded):
            usage.reserve(workspace_id, KEY_PREFIX, Charge(2), limits, NOW)
    usage.reserve(workspace_id, KEY_PREFIX, Charge(1), limits, NOW)
    usage.reserve(workspace_id, KEY_PREFIX, Charge(0), limits, NOW)


def test_no_new_events_pass_when_the_quota_is_exhausted(usage: AnyUsage, workspace_id: str) -> None:
    limits = Limits(requests_per_minute=PLENTY, events_per_month=5)
    usage.reserve(workspace_id, KEY_PREFIX, Charge(5), limits, NOW)
    usage.reserve(workspace_id, KEY_PREFIX, Charge(0), limits, NOW)
    assert usage.events_used(workspace_id, NOW) == 5


@pytest.mark.parametrize(
    ("moment", "resets_at"),
    [
        ("2026-11-23T20:23:08Z", "2026-12-01"),
        ("2026-11-30T23:59:59.999999Z", "2026-12-01"),
        ("2026-12-01T00:00:00Z", "2027-01-01"),
        ("2026-12-31T23:59:00Z", "2027-01-01"),
        ("2028-02-01T00:00:00Z", "2028-03-01"),
    ],
)
def test_a_refusal_for_the_quota_says_when_the_month_ends(
    usage: AnyUsage, workspace_id: str, moment: str, resets_at: str
) -> None:
    now = parse_iso_8601(moment)
    usage.reserve(workspace_id, KEY_PREFIX, Charge(1), Limits(PLENTY, 1), now)
    with pytest.raises(QuotaExceeded) as refused:
        usage.reserve(workspace_id, KEY_PREFIX, Charge(1), Limits(PLENTY, 1), now)
    assert format_time(refused.value.resets_at) == f"{resets_at}T00:00:00.000000Z"
    assert refused.value.retry_after is None


def test_a_new_month_starts_at_zero(usage: AnyUsage, workspace_id: str) -> None:
    limits = Limits(requests_per_minute=1, events_per_month=5)
    november = parse_iso_8601("2026-11-30T23:59:59.999999Z")
    december = november + 1
    usage.reserve(workspace_id, KEY_PREFIX, Charge(5), limits, november)
    usage.reserve(workspace_id, KEY_PREFIX, Charge(5), limits, december)
    assert usage.events_used(workspace_id, november) == 5
    assert usage.events_used(workspace_id, december) == 5
    with pytest.raises(QuotaExceeded):
        usage.reserve(workspace_id, KEY_PREFIX, Charge(1), limits, december)


def test_a_late_request_of_the_previous_month_counts_in_that_month(
    usage: AnyUsage, workspace_id: str
) -> None:
    november = parse_iso_8601("2026-11-30T23:59:59.999999Z")
    usage.reserve(workspace_id, KEY_PREFIX, Charge(2), Limits(), november + 1)
    usage.reserve(workspace_id, KEY_PREFIX, Charge(3), Limits(), november)
    assert usage.events_used(workspace_id, november) == 3
    assert usage.events_used(workspace_id, november + 1) == 2


def test_quota_given_back_can_be_used_again(usage: AnyUsage, workspace_id: str) -> None:
    limits = Limits(requests_per_minute=PLENTY, events_per_month=5)
    usage.reserve(workspace_id, KEY_PREFIX, Charge(5), limits, NOW)
    usage.give_back(workspace_id, 2, NOW)
    assert usage.events_used(workspace_id, NOW) == 3
    usage.reserve(workspace_id, KEY_PREFIX, Charge(2), limits, NOW)
    with pytest.raises(QuotaExceeded):
        usage.reserve(workspace_id, KEY_PREFIX, Charge(1), limits, NOW)


def test_a_higher_limit_applies_immediately(usage: AnyUsage, workspace_id: str) -> None:
    usage.reserve(workspace_id, KEY_PREFIX, Charge(5), Limits(1, 5), NOW)
    usage.reserve(workspace_id, KEY_PREFIX, Charge(1), Limits(2, 6), NOW)


def test_a_first_request_over_the_quota_is_refused(usage: AnyUsage, workspace_id: str) -> None:
    with pytest.raises(QuotaExceeded, match="left this month: 5 of 5"):
        usage.reserve(workspace_id, KEY_PREFIX, Charge(6), Limits(1_000, 5), NOW)
    assert usage.events_used(workspace_id, NOW) == 0


def test_no_new_events_pass_when_the_quota_was_lowered_below_current_usage(
    usage: AnyUsage, workspace_id: str
) -> None:
    """A repeat of claimed events has to pass, or events that failed to queue stay lost."""
    usage.reserve(workspace_id, KEY_PREFIX, Charge(5), Limits(1_000, 5), NOW)
    usage.reserve(workspace_id, KEY_PREFIX, Charge(0), Limits(1_000, 3), NOW)
    assert usage.events_used(workspace_id, NOW) == 5
