"""Usage on each engine, with an item whose attributes the service never writes."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from indelible.accounts.limits import Charge, Limits, limit_reached
from indelible.aws.table import Table, number
from indelible.aws.usage import DynamoDBUsage
from indelible.aws.usage_item import used_at
from indelible.errors import Backlogged, RateLimited, Unavailable
from indelible.times import parse_iso_8601
from integration.usage_engines import forge
from support.aws_faults import counting
from support.builders import KEY_PREFIX, MINUTE
from support.engines import DYNAMODB_LOCAL

if TYPE_CHECKING:
    from indelible.aws.table import ReadItem
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef as Attribute

NOW = parse_iso_8601("2026-11-23T20:23:08.000000Z")


@pytest.fixture
def usage(table: Table) -> DynamoDBUsage:
    return DynamoDBUsage(table)


NO_NUMBERS: list[Attribute] = [
    {"S": "text"},
    {"S": str(NOW + 1)},
    {"NULL": True},
    {"BOOL": True},
    {"B": b"\xff"},
    {"L": []},
    {"M": {"N": {"S": "9"}}},
    {"NS": [str(NOW + 1)]},
]


@pytest.mark.parametrize("forged", NO_NUMBERS, ids=str)
def test_a_forged_time_that_is_not_a_number_causes_no_refusal(
    usage: DynamoDBUsage, table: Table, workspace_id: str, forged: Attribute
) -> None:
    """Nor does it hide the limits."""
    limits = Limits(requests_per_minute=2)
    forge(table, workspace_id, "refuse_until", forged)
    for _ in range(2):
        usage.reserve(workspace_id, KEY_PREFIX, Charge(1), limits, NOW)
    with pytest.raises(RateLimited):
        usage.reserve(workspace_id, KEY_PREFIX, Charge(1), limits, NOW)
    usage.reserve(workspace_id, KEY_PREFIX, Charge(1), limits, NOW + 8 * MINUTE)
    usage.refuse(workspace_id, NOW + 8 * MINUTE)
    with pytest.raises(Backlogged):
        usage.reserve(workspace_id, KEY_PREFIX, Charge(1), limits, NOW + 8 * MINUTE)


@pytest.mark.parametrize(
    ("after", "refused"), [("0.5", True), ("119999999.5", True), ("120000000.5", False)]
)
def test_a_forged_time_between_two_microseconds_is_compared_as_a_number(
    usage: DynamoDBUsage, table: Table, workspace_id: str, after: str, refused: bool
) -> None:
    forge(table, workspace_id, "refuse_until", {"N": str(NOW + Decimal(after))})
    if refused:
        with pytest.raises(Backlogged):
            usage.reserve(workspace_id, KEY_PREFIX, Charge(1), Limits(), NOW)
    else:
        usage.reserve(workspace_id, KEY_PREFIX, Charge(1), Limits(), NOW)


COUNTERS = ["events", *(f"{name}_{NOW // MINUTE % 8}" for name in ("requests", "bytes", "repeats"))]


@pytest.mark.parametrize("table", [DYNAMODB_LOCAL], indirect=True)
@pytest.mark.parametrize("forged", NO_NUMBERS, ids=str)
@pytest.mark.parametrize("counter", COUNTERS)
def test_a_counter_that_is_not_a_number_refuses_every_request(
    usage: DynamoDBUsage, table: Table, workspace_id: str, counter: str, forged: Attribute
) -> None:
    """The used amount is unknown, and nothing is free. moto fails at comparing other types."""
    usage.reserve(workspace_id, KEY_PREFIX, Charge(1, 1, 1), Limits(), NOW)
    forge(table, workspace_id, counter, forged)
    with counting(table.client) as calls, pytest.raises(Unavailable, match=f"{counter} .* integer"):
        usage.reserve(workspace_id, KEY_PREFIX, Charge(1, 1, 1), Limits(), NOW)
    assert calls == ["UpdateItem"]


@pytest.mark.parametrize("value", ["1.5", "-0.5"])
def test_a_counter_with_a_fraction_allows_nothing_over_the_limit(
    usage: DynamoDBUsage, table: Table, workspace_id: str, value: str
) -> None:
    forge(table, workspace_id, "events", {"N": value})
    with pytest.raises(Unavailable, match="events"):
        usage.reserve(workspace_id, KEY_PREFIX, Charge(3), Limits(events_per_month=2), NOW)
    usage.reserve(workspace_id, KEY_PREFIX, Charge(1), Limits(events_per_month=3), NOW)


@pytest.mark.parametrize("counter", ["events", f"repeats_{NOW // MINUTE % 8}"])
def test_a_counter_that_does_not_matter_to_a_request_is_not_read(counter: str) -> None:
    """It would hide why the request is refused."""
    item: ReadItem = {counter: {"S": "text"}, "refuse_until": number(NOW + 1)}
    charge = Charge(0, bytes=1, repeats=0)
    reached = limit_reached(used_at(item, charge, NOW), charge, Limits(), NOW)
    assert isinstance(reached, Backlogged)


@pytest.mark.parametrize("table", [DYNAMODB_LOCAL], indirect=True)
def test_a_minute_counter_that_is_not_a_number_is_reset_when_the_minute_is_over(
    usage: DynamoDBUsage, table: Table, workspace_id: str
) -> None:
    forge(table, workspace_id, COUNTERS[1], {"S": "text"})
    for minutes in (2, 8):
        usage.reserve(workspace_id, KEY_PREFIX, Charge(1, 1, 1), Limits(), NOW + minutes * MINUTE)


def test_events_that_cannot_be_read_are_an_error(
    usage: DynamoDBUsage, table: Table, workspace_id: str
) -> None:
    forge(table, workspace_id, "events", {"S": "text"})
    with pytest.raises(Unavailable, match="events"):
        usage.events_used(workspace_id, NOW)
