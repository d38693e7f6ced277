"""Usage on each engine: limits hold exactly, at their edges and under concurrency."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from indelible.accounts.limits import Charge, Limits
from indelible.aws.table import Table, usage_key
from indelible.aws.usage import DynamoDBUsage
from indelible.errors import QuotaExceeded, RateLimited, Unavailable
from indelible.identifiers import new_workspace_id
from indelible.times import SECOND, parse_iso_8601
from support.aws_faults import TIMEOUT, answering, counting

MINUTE = 60 * SECOND
NOW = parse_iso_8601("2026-11-23T20:23:08.000000Z")
PLENTY = 1_000_000


@pytest.fixture
def usage(table: Table) -> DynamoDBUsage:
    return DynamoDBUsage(table)


@pytest.fixture
def workspace_id() -> str:
    return new_workspace_id()


def test_the_last_request_of_a_minute_passes_and_no_other(
    usage: DynamoDBUsage, workspace_id: str
) -> None:
    limits = Limits(requests_per_minute=3, events_per_month=PLENTY)
    for _ in range(3):
        usage.reserve(workspace_id, Charge(1), limits, NOW)
    with pytest.raises(RateLimited, match="3 requests a minute") as refused:
        usage.reserve(workspace_id, Charge(1), limits, NOW)
    assert refused.value.retry_after == 52  # it is 20:23:08
    assert usage.events_used(workspace_id, NOW) == 3


def test_a_new_minute_begins_at_zero(usage: DynamoDBUsage, workspace_id: str) -> None:
    limits = Limits(requests_per_minute=1, events_per_month=PLENTY)
    last, first = NOW // MINUTE * MINUTE + MINUTE - 1, NOW // MINUTE * MINUTE + MINUTE
    usage.reserve(workspace_id, Charge(1), limits, last)
    with pytest.raises(RateLimited) as refused:
        usage.reserve(workspace_id, Charge(1), limits, last)
    assert refused.value.retry_after == 1
    usage.reserve(workspace_id, Charge(1), limits, first)
    with pytest.raises(RateLimited) as refused:
        usage.reserve(workspace_id, Charge(1), limits, first)
    assert refused.value.retry_after == 60


def test_a_request_of_the_minute_before_counts_there(
    usage: DynamoDBUsage, workspace_id: str
) -> None:
    """Requests overtake each other; a late one must not set this minute's count back."""
    limits = Limits(requests_per_minute=1, events_per_month=PLENTY)
    usage.reserve(workspace_id, Charge(1), limits, NOW + MINUTE)
    usage.reserve(workspace_id, Charge(1), limits, NOW)
    for late in (NOW, NOW + MINUTE):
        with pytest.raises(RateLimited):
            usage.reserve(workspace_id, Charge(1), limits, late)


@pytest.mark.parametrize("minutes", [1, 2, 7, 8, 9, 16, 60, 1_440])
def test_a_minute_after_a_pause_begins_at_zero(
    usage: DynamoDBUsage, workspace_id: str, minutes: int
) -> None:
    """However many minutes nothing came; minutes share their attributes with others."""
    limits = Limits(requests_per_minute=2, events_per_month=PLENTY)
    for moment in (NOW, NOW + minutes * MINUTE):
        for _ in range(2):
            usage.reserve(workspace_id, Charge(1), limits, moment)
        with pytest.raises(RateLimited):
            usage.reserve(workspace_id, Charge(1), limits, moment)


def test_an_hour_of_requests_leaves_a_small_item(
    usage: DynamoDBUsage, table: Table, workspace_id: str
) -> None:
    """Write units count kilobytes: what minutes leave behind must not add up."""
    hour = NOW // (60 * MINUTE) * (60 * MINUTE)
    charge = Charge(1, bytes=12_345_678, repeats=999)
    for minute in range(60):
        usage.reserve(workspace_id, charge, Limits(), hour + minute * MINUTE)
    usage.refuse(workspace_id, hour)
    key = usage_key(workspace_id, "2026-11")
    item = table.client.get_item(TableName=table.name, Key=key)["Item"]
    assert len(item) <= 5 + 3 * 3, "this minute's counters, and those of its neighbours"
    assert len(json.dumps(item)) < 1_024
    assert usage.events_used(workspace_id, NOW) == 60


def test_the_quota_is_used_to_the_last_event(usage: DynamoDBUsage, workspace_id: str) -> None:
    limits = Limits(requests_per_minute=PLENTY, events_per_month=10)
    usage.reserve(workspace_id, Charge(7), limits, NOW)
    with pytest.raises(QuotaExceeded, match="3 events left of 10 this month; the request has 4"):
        usage.reserve(workspace_id, Charge(4), limits, NOW)
    usage.reserve(workspace_id, Charge(3), limits, NOW)
    assert usage.events_used(workspace_id, NOW) == 10
    with pytest.raises(QuotaExceeded, match="0 events left"):
        usage.reserve(workspace_id, Charge(1), limits, NOW)


def test_a_refused_request_costs_no_request(usage: DynamoDBUsage, workspace_id: str) -> None:
    limits = Limits(requests_per_minute=3, events_per_month=2)
    usage.reserve(workspace_id, Charge(1), limits, NOW)
    for _ in range(5):
        with pytest.raises(QuotaExceeded):
            usage.reserve(workspace_id, Charge(2), limits, NOW)
    usage.reserve(workspace_id, Charge(1), limits, NOW)
    usage.reserve(workspace_id, Charge(0), limits, NOW)


def test_no_new_events_pass_when_the_quota_is_used_up(
    usage: DynamoDBUsage, workspace_id: str
) -> None:
    limits = Limits(requests_per_minute=PLENTY, events_per_month=5)
    usage.reserve(workspace_id, Charge(5), limits, NOW)
    usage.reserve(workspace_id, Charge(0), limits, NOW)
    assert usage.events_used(workspace_id, NOW) == 5


@pytest.mark.parametrize(
    ("moment", "seconds"),
    [
        ("2026-11-23T20:23:08Z", 617_812),
        ("2026-11-30T23:59:59Z", 1),
        ("2026-12-01T00:00:00Z", 31 * 86_400),
        ("2026-12-31T23:59:00Z", 60),
        ("2028-02-01T00:00:00Z", 29 * 86_400),
    ],
)
def test_the_quota_says_when_the_month_is_over(
    usage: DynamoDBUsage, workspace_id: str, moment: str, seconds: int
) -> None:
    now = parse_iso_8601(moment)
    usage.reserve(workspace_id, Charge(1), Limits(PLENTY, 1), now)
    with pytest.raises(QuotaExceeded) as refused:
        usage.reserve(workspace_id, Charge(1), Limits(PLENTY, 1), now)
    assert refused.value.retry_after == seconds


def test_a_new_month_begins_at_zero(usage: DynamoDBUsage, workspace_id: str) -> None:
    limits = Limits(requests_per_minute=1, events_per_month=5)
    november = parse_iso_8601("2026-11-30T23:59:59.999999Z")
    december = november + 1
    usage.reserve(workspace_id, Charge(5), limits, november)
    usage.reserve(workspace_id, Charge(5), limits, december)
    assert usage.events_used(workspace_id, november) == 5
    assert usage.events_used(workspace_id, december) == 5
    with pytest.raises(QuotaExceeded):
        usage.reserve(workspace_id, Charge(1), limits, december)


def test_a_request_of_last_month_counts_there(usage: DynamoDBUsage, workspace_id: str) -> None:
    november = parse_iso_8601("2026-11-30T23:59:59.999999Z")
    usage.reserve(workspace_id, Charge(2), Limits(), november + 1)
    usage.reserve(workspace_id, Charge(3), Limits(), november)
    assert usage.events_used(workspace_id, november) == 3
    assert usage.events_used(workspace_id, november + 1) == 2


def test_what_is_given_back_can_be_used(usage: DynamoDBUsage, workspace_id: str) -> None:
    limits = Limits(requests_per_minute=PLENTY, events_per_month=5)
    usage.reserve(workspace_id, Charge(5), limits, NOW)
    usage.give_back(workspace_id, 2, NOW)
    assert usage.events_used(workspace_id, NOW) == 3
    usage.reserve(workspace_id, Charge(2), limits, NOW)
    with pytest.raises(QuotaExceeded):
        usage.reserve(workspace_id, Charge(1), limits, NOW)


def test_a_higher_limit_holds_at_once(usage: DynamoDBUsage, workspace_id: str) -> None:
    usage.reserve(workspace_id, Charge(5), Limits(1, 5), NOW)
    usage.reserve(workspace_id, Charge(1), Limits(2, 6), NOW)


def test_concurrent_requests_never_exceed_the_quota(table: Table, workspace_id: str) -> None:
    """Four functions, each with its own memory of the minute; the limit ends amid a request."""
    limits = Limits(requests_per_minute=PLENTY, events_per_month=47)

    def use(usage: DynamoDBUsage) -> int:
        reserved = 0
        for _ in range(8):
            try:
                usage.reserve(workspace_id, Charge(3), limits, NOW)
            except QuotaExceeded:
                continue
            reserved += 3
        return reserved

    with ThreadPoolExecutor(4) as threads:
        reserved = sum(threads.map(use, [DynamoDBUsage(table) for _ in range(4)]))
    assert reserved == 45
    assert DynamoDBUsage(table).events_used(workspace_id, NOW) == 45


def test_concurrent_requests_never_exceed_the_rate(table: Table, workspace_id: str) -> None:
    limits = Limits(requests_per_minute=10, events_per_month=PLENTY)

    def use(usage: DynamoDBUsage) -> int:
        passed = 0
        for _ in range(6):
            try:
                usage.reserve(workspace_id, Charge(1), limits, NOW)
            except RateLimited:
                continue
            passed += 1
        return passed

    with ThreadPoolExecutor(4) as threads:
        passed = sum(threads.map(use, [DynamoDBUsage(table) for _ in range(4)]))
    assert passed == 10
    assert DynamoDBUsage(table).events_used(workspace_id, NOW) == 10


def test_usage_costs_one_call_a_request(
    usage: DynamoDBUsage, table: Table, workspace_id: str
) -> None:
    with counting(table.client) as calls:
        for moment in (NOW, NOW, NOW + MINUTE, NOW + MINUTE):
            usage.reserve(workspace_id, Charge(1), Limits(), moment)
    assert calls == ["UpdateItem"] * 4


def test_usage_expires_after_more_than_a_year(
    usage: DynamoDBUsage, table: Table, workspace_id: str
) -> None:
    usage.reserve(workspace_id, Charge(1), Limits(), NOW)
    key = usage_key(workspace_id, "2026-11")
    item = table.client.get_item(TableName=table.name, Key=key)["Item"]
    expires = datetime.fromtimestamp(int(item["expires_at"]["N"]), UTC)
    assert (expires - datetime(2026, 11, 23, 20, 23, 8, tzinfo=UTC)).days == 400


@pytest.mark.parametrize("code", ["ThrottlingException", "InternalServerError", TIMEOUT])
def test_a_request_that_cannot_be_counted_is_not_let_through(
    usage: DynamoDBUsage, table: Table, workspace_id: str, code: str
) -> None:
    with answering(table.client, "UpdateItem", code), pytest.raises(Unavailable):
        usage.reserve(workspace_id, Charge(1), Limits(), NOW)


def test_a_first_request_over_the_quota_is_refused(table: Table) -> None:
    usage, workspace_id = DynamoDBUsage(table), new_workspace_id()
    with pytest.raises(QuotaExceeded, match="5 events left of 5"):
        usage.reserve(workspace_id, Charge(6), Limits(1_000, 5), NOW)
    assert usage.events_used(workspace_id, NOW) == 0


def test_no_new_events_pass_when_the_quota_was_lowered_below_what_is_used(table: Table) -> None:
    """A repeat of claimed events has to get through, or what failed to queue stays lost."""
    usage, workspace_id = DynamoDBUsage(table), new_workspace_id()
    usage.reserve(workspace_id, Charge(5), Limits(1_000, 5), NOW)
    usage.reserve(workspace_id, Charge(0), Limits(1_000, 3), NOW)
    assert usage.events_used(workspace_id, NOW) == 5
