"""Usage in DynamoDB: its item, its calls, and concurrent requests."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from indelible.accounts.limits import Charge, Limits
from indelible.aws.table import Table, number, usage_key
from indelible.aws.usage import DynamoDBUsage
from indelible.errors import QuotaExceeded, RateLimited, Unavailable
from indelible.times import parse_iso_8601
from support.aws_faults import TIMEOUT, answering, counting
from support.builders import KEY_PREFIX, MINUTE

NOW = parse_iso_8601("2026-11-23T20:23:08.000000Z")
PLENTY = 1_000_000
ITEM = "2026-11"


@pytest.fixture
def usage(table: Table) -> DynamoDBUsage:
    return DynamoDBUsage(table)


def attributes(table: Table, workspace_id: str) -> dict[str, int]:
    """The numbers in a usage item."""
    key = usage_key(workspace_id, ITEM)
    item = table.client.get_item(TableName=table.name, Key=key).get("Item", {})
    return {name: int(value["N"]) for name, value in item.items() if "N" in value}


def set_attributes(table: Table, workspace_id: str, **values: int) -> None:
    """Write numbers into a usage item that the service would not write."""
    table.client.update_item(
        TableName=table.name,
        Key=usage_key(workspace_id, ITEM),
        UpdateExpression="SET " + ", ".join(f"{name} = :{name}" for name in values),
        ExpressionAttributeValues={f":{name}": number(n) for name, n in values.items()},
    )


def test_an_hour_of_requests_leaves_a_small_item(
    usage: DynamoDBUsage, table: Table, workspace_id: str
) -> None:
    """Write units count kilobytes, so the leftovers of past minutes must not add up."""
    hour = NOW // (60 * MINUTE) * (60 * MINUTE)
    charge = Charge(1, bytes=12_345_678, repeats=999)
    for minute in range(60):
        usage.reserve(workspace_id, KEY_PREFIX, charge, Limits(), hour + minute * MINUTE)
    usage.refuse(workspace_id, hour)
    key = usage_key(workspace_id, "2026-11")
    item = table.client.get_item(TableName=table.name, Key=key)["Item"]
    assert len(item) <= 5 + 3 * 3, "this minute's counters, and those of its neighbours"
    assert len(json.dumps(item)) < 1_024
    assert usage.events_used(workspace_id, NOW) == 60


def reserved_at_once(table: Table, workspace_id: str, charge: Charge, limits: Limits) -> int:
    """The events that four functions reserve together, each with its own memory of the minute."""

    def use(usage: DynamoDBUsage) -> int:
        reserved = 0
        for _ in range(8):
            try:
                usage.reserve(workspace_id, KEY_PREFIX, charge, limits, NOW)
            except (QuotaExceeded, RateLimited):
                continue
            reserved += charge.events
        return reserved

    with ThreadPoolExecutor(4) as threads:
        return sum(threads.map(use, [DynamoDBUsage(table) for _ in range(4)]))


def test_concurrent_requests_never_exceed_the_quota(table: Table, workspace_id: str) -> None:
    """The limit ends amid a request."""
    limits = Limits(requests_per_minute=PLENTY, events_per_month=47)
    assert reserved_at_once(table, workspace_id, Charge(3), limits) == 45
    assert DynamoDBUsage(table).events_used(workspace_id, NOW) == 45


def test_concurrent_requests_never_exceed_the_rate(table: Table, workspace_id: str) -> None:
    limits = Limits(requests_per_minute=10, events_per_month=PLENTY)
    assert reserved_at_once(table, workspace_id, Charge(1), limits) == 10
    assert DynamoDBUsage(table).events_used(workspace_id, NOW) == 10


def test_usage_costs_one_call_a_request(
    usage: DynamoDBUsage, table: Table, workspace_id: str
) -> None:
    with counting(table.client) as calls:
        for moment in (NOW, NOW, NOW + MINUTE, NOW + MINUTE):
            usage.reserve(workspace_id, KEY_PREFIX, Charge(1), Limits(), moment)
    assert calls == ["UpdateItem"] * 4


def test_usage_is_kept_and_never_expires(
    usage: DynamoDBUsage, table: Table, workspace_id: str
) -> None:
    """Whoever may set a time to live may have an item deleted. Nothing in the table has one."""
    usage.reserve(workspace_id, KEY_PREFIX, Charge(1, 2, 3), Limits(), NOW)
    usage.refuse(workspace_id, NOW)
    assert "expires_at" not in attributes(table, workspace_id)


@pytest.mark.parametrize("code", ["ThrottlingException", "InternalServerError", TIMEOUT])
def test_a_request_that_cannot_be_counted_is_refused(
    usage: DynamoDBUsage, table: Table, workspace_id: str, code: str
) -> None:
    with answering(table.client, "UpdateItem", code), pytest.raises(Unavailable):
        usage.reserve(workspace_id, KEY_PREFIX, Charge(1), Limits(), NOW)


def test_an_item_older_than_these_limits_is_still_counted(
    usage: DynamoDBUsage, table: Table, workspace_id: str
) -> None:
    """It has the requests of this minute, and neither bytes nor repeats."""
    minute = NOW // MINUTE
    requests = {f"requests_{minute % 8}": minute * 1_000_000 + 2}
    set_attributes(table, workspace_id, events=7, **requests)
    limits = Limits(requests_per_minute=3, bytes_per_minute=100)
    usage.reserve(workspace_id, KEY_PREFIX, Charge(1, bytes=100, repeats=1), limits, NOW)
    with pytest.raises(RateLimited, match="3 requests a minute"):
        usage.reserve(workspace_id, KEY_PREFIX, Charge(1), limits, NOW)
    assert usage.events_used(workspace_id, NOW) == 8


def test_a_forged_time_far_ahead_causes_no_refusal(
    usage: DynamoDBUsage, table: Table, workspace_id: str
) -> None:
    set_attributes(table, workspace_id, refuse_until=NOW + 365 * 24 * 60 * MINUTE)
    usage.reserve(workspace_id, KEY_PREFIX, Charge(1), Limits(), NOW)


def test_refusing_a_workspace_without_usage_does_nothing_and_is_not_an_error(
    usage: DynamoDBUsage, table: Table, workspace_id: str
) -> None:
    usage.refuse(workspace_id, NOW)
    assert attributes(table, workspace_id) == {}
    usage.reserve(workspace_id, KEY_PREFIX, Charge(1), Limits(), NOW)


def test_refusing_writes_one_attribute_in_one_call(
    usage: DynamoDBUsage, table: Table, workspace_id: str
) -> None:
    usage.reserve(workspace_id, KEY_PREFIX, Charge(3, 4, 5), Limits(), NOW)
    before = attributes(table, workspace_id)
    with counting(table.client) as calls:
        usage.refuse(workspace_id, NOW)
    assert calls == ["UpdateItem"]
    assert attributes(table, workspace_id) == {**before, "refuse_until": NOW + MINUTE}


def test_an_item_without_events_counts_as_zero_events(
    usage: DynamoDBUsage, table: Table, workspace_id: str
) -> None:
    set_attributes(table, workspace_id, refuse_until=NOW - 1)
    assert usage.events_used(workspace_id, NOW) == 0


@pytest.mark.parametrize("code", ["ThrottlingException", "AccessDeniedException", TIMEOUT])
def test_a_workspace_that_could_not_be_refused_is_an_error(
    usage: DynamoDBUsage, table: Table, workspace_id: str, code: str
) -> None:
    with answering(table.client, "UpdateItem", code), pytest.raises(Unavailable):
        usage.refuse(workspace_id, NOW)
