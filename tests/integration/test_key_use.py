"""The last use of each API key: noted in the usage item, on each engine, in the same update."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

import pytest
from indelible.accounts.keys import new_secret, prefix_of
from indelible.accounts.limits import Charge, Limits
from indelible.aws.table import Table, number, usage_key
from indelible.aws.usage import DynamoDBUsage
from indelible.errors import DamagedItem, QuotaExceeded, RateLimited, Unavailable
from indelible.times import parse_iso_8601
from integration.usage_engines import AnyUsage, forge
from support.aws_faults import TIMEOUT, answering
from support.builders import DAY, MINUTE

if TYPE_CHECKING:
    from indelible.aws.table import ReadItem
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef as Attribute

NOW = parse_iso_8601("2026-11-23T20:23:08.000000Z")
THIS_MINUTE = parse_iso_8601("2026-11-23T20:23Z")
OLD, NEW = "imk_Zk3vQ8sT1bXw9LmN", "imk_aB3dE5fG7hJ9kL1m"

ONE_WRITE_UNIT = 1_024
"""Bytes: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html"""


def test_each_key_has_the_minute_of_its_last_counted_request(
    usage: AnyUsage, workspace_id: str
) -> None:
    usage.reserve(workspace_id, OLD, Charge(1), Limits(), NOW)
    usage.reserve(workspace_id, NEW, Charge(1), Limits(), NOW + 2 * MINUTE)
    usage.reserve(workspace_id, NEW, Charge(0), Limits(), NOW + 3 * MINUTE)
    assert usage.last_use_of_keys(workspace_id, [OLD, NEW, "imk_never0000000used"]) == {
        OLD: THIS_MINUTE,
        NEW: THIS_MINUTE + 3 * MINUTE,
    }


def test_a_key_of_another_workspace_was_not_used_in_this_one(
    usage: AnyUsage, workspace_id: str
) -> None:
    usage.reserve("ws_other", OLD, Charge(1), Limits(), NOW)
    assert usage.last_use_of_keys(workspace_id, [OLD]) == {}


def test_a_request_over_a_limit_is_not_a_use(usage: AnyUsage, workspace_id: str) -> None:
    usage.reserve(workspace_id, NEW, Charge(1), Limits(), NOW)
    for limits, error in ((Limits(events_per_month=1), QuotaExceeded), (Limits(1), RateLimited)):
        with pytest.raises(error):
            usage.reserve(workspace_id, OLD, Charge(1), limits, NOW)
    assert usage.last_use_of_keys(workspace_id, [OLD, NEW]) == {NEW: THIS_MINUTE}


def test_a_use_in_an_earlier_month_is_found_until_there_is_a_later_one(
    usage: AnyUsage, workspace_id: str
) -> None:
    usage.reserve(workspace_id, OLD, Charge(1), Limits(), NOW)
    usage.reserve(workspace_id, NEW, Charge(1), Limits(), NOW)
    usage.reserve(workspace_id, NEW, Charge(1), Limits(), NOW + 400 * DAY)
    assert usage.last_use_of_keys(workspace_id, [OLD, NEW]) == {
        OLD: THIS_MINUTE,
        NEW: THIS_MINUTE + 400 * DAY,
    }


def test_the_first_request_after_a_pause_is_a_use(usage: AnyUsage, workspace_id: str) -> None:
    """Its minute's slot was used before, so it takes a second update."""
    for moment in (NOW, NOW + 8 * MINUTE):
        usage.reserve(workspace_id, OLD, Charge(1), Limits(), moment)
    assert usage.last_use_of_keys(workspace_id, [OLD]) == {OLD: THIS_MINUTE + 8 * MINUTE}


def size_of(item: ReadItem) -> int:
    """The bytes of an item of text and numbers, as DynamoDB counts them.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
    """
    sizes = (
        len(name) + (len(each["S"]) if "S" in each else ceil(len(each["N"]) / 2) + 1)
        for name, each in item.items()
    )
    return sum(sizes)


def test_the_usage_of_twenty_keys_fits_into_one_write_unit(table: Table, workspace_id: str) -> None:
    """Every request writes the item, so a second kilobyte would double what usage costs."""
    usage, keys = DynamoDBUsage(table), [prefix_of(new_secret()) for _ in range(20)]
    hour = NOW // (60 * MINUTE) * (60 * MINUTE)
    for minute in range(60):
        charge = Charge(1_000_000, bytes=130_000_000, repeats=999)
        moment = hour + minute * MINUTE
        usage.reserve(workspace_id, keys[minute % 20], charge, Limits(6_000, 10**9), moment)
    usage.refuse(workspace_id, hour)
    place = usage_key(workspace_id, "2026-11")
    item = table.client.get_item(TableName=table.name, Key=place)["Item"]
    assert set(keys) <= item.keys()
    assert size_of(item) < ONE_WRITE_UNIT


FORGED: list[Attribute] = [{"S": "29"}, {"N": "1.5"}, {"N": "-1"}, number(10**15), {"NULL": True}]


@pytest.mark.parametrize("forged", FORGED, ids=str)
def test_a_forged_use_is_an_error_and_does_not_stop_requests(
    table: Table, workspace_id: str, forged: Attribute
) -> None:
    usage = DynamoDBUsage(table)
    usage.reserve(workspace_id, OLD, Charge(1), Limits(), NOW)
    forge(table, workspace_id, OLD, forged)
    with pytest.raises(DamagedItem, match="last use"):
        usage.last_use_of_keys(workspace_id, [OLD])
    usage.reserve(workspace_id, OLD, Charge(1), Limits(), NOW)
    assert usage.last_use_of_keys(workspace_id, [OLD]) == {OLD: THIS_MINUTE}


@pytest.mark.parametrize("code", ["AccessDeniedException", TIMEOUT])
def test_uses_that_cannot_be_read_are_an_error(table: Table, workspace_id: str, code: str) -> None:
    with answering(table.client, "Query", code), pytest.raises(Unavailable):
        DynamoDBUsage(table).last_use_of_keys(workspace_id, [OLD])
