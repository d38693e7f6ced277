"""Usage on each engine: bytes and repeats of a minute, and the writer's way to refuse."""

from __future__ import annotations

import random
from typing import Any

import pytest
from indelible.accounts.limits import Charge, Limits
from indelible.aws.table import Table, number, usage_key
from indelible.aws.usage import DynamoDBUsage
from indelible.aws.usage_limits import limit_reached
from indelible.errors import Backlogged, LimitReached, QuotaExceeded, RateLimited, Unavailable
from indelible.identifiers import new_workspace_id
from indelible.times import parse_iso_8601
from support.aws_faults import TIMEOUT, answering, counting
from support.builders import MINUTE, SECOND
from support.memory import MemoryUsage

NOW = parse_iso_8601("2026-11-23T20:23:08.000000Z")
ITEM = "2026-11"


@pytest.fixture
def usage(table: Table) -> DynamoDBUsage:
    return DynamoDBUsage(table)


@pytest.fixture
def workspace_id() -> str:
    return new_workspace_id()


def attributes(table: Table, workspace_id: str) -> dict[str, int]:
    """The numbers in a usage item."""
    key = usage_key(workspace_id, ITEM)
    item = table.client.get_item(TableName=table.name, Key=key).get("Item", {})
    return {name: int(value["N"]) for name, value in item.items() if "N" in value}


def set_attributes(table: Table, workspace_id: str, **values: int) -> None:
    """Write numbers into a usage item, as nobody of the service would."""
    table.client.update_item(
        TableName=table.name,
        Key=usage_key(workspace_id, ITEM),
        UpdateExpression="SET " + ", ".join(f"{name} = :{name}" for name in values),
        ExpressionAttributeValues={f":{name}": number(n) for name, n in values.items()},
    )


# ---- bytes and repeats of a minute --------------------------------------------------------------

BYTES, REPEATS = Charge(1, bytes=40), Charge(0, bytes=1, repeats=40)
HUNDRED = Limits(bytes_per_minute=100, repeats_per_minute=100)


@pytest.mark.parametrize(
    ("charge", "complaint"),
    [
        (BYTES, "100 bytes of events a minute; the request has 40"),
        (REPEATS, "100 events a minute that are more than five minutes old; the request repeats"),
    ],
)
def test_a_minute_is_used_to_the_last_byte_and_repeat(
    usage: DynamoDBUsage, workspace_id: str, charge: Charge, complaint: str
) -> None:
    usage.reserve(workspace_id, charge, HUNDRED, NOW)
    usage.reserve(workspace_id, charge, HUNDRED, NOW)
    with pytest.raises(RateLimited, match=complaint) as refused:
        usage.reserve(workspace_id, charge, HUNDRED, NOW)
    assert refused.value.retry_after == 52  # it is 20:23:08
    half = charge._replace(bytes=charge.bytes // 2, repeats=charge.repeats // 2)
    usage.reserve(workspace_id, half, HUNDRED, NOW)
    with pytest.raises(RateLimited):
        usage.reserve(workspace_id, charge._replace(events=0), HUNDRED, NOW)
    usage.reserve(workspace_id, charge, HUNDRED, NOW + MINUTE)


@pytest.mark.parametrize("charge", [Charge(1, bytes=101), Charge(0, bytes=1, repeats=101)])
@pytest.mark.parametrize("pause", [0, 1, 8, 60])
def test_what_is_more_than_a_minute_has_is_refused_in_any_minute(
    usage: DynamoDBUsage, workspace_id: str, charge: Charge, pause: int
) -> None:
    """Also the first request of all, and the first after a pause."""
    if pause:
        usage.reserve(workspace_id, Charge(1, 1), HUNDRED, NOW - pause * MINUTE)
    with pytest.raises(RateLimited):
        usage.reserve(workspace_id, charge, HUNDRED, NOW)


@pytest.mark.parametrize("minutes", [1, 2, 7, 8, 9, 16, 60])
@pytest.mark.parametrize("charge", [BYTES, REPEATS])
def test_bytes_and_repeats_begin_at_zero_with_their_minute(
    usage: DynamoDBUsage, workspace_id: str, minutes: int, charge: Charge
) -> None:
    for moment in (NOW, NOW + minutes * MINUTE):
        for _ in range(2):
            usage.reserve(workspace_id, charge, HUNDRED, moment)
        with pytest.raises(RateLimited):
            usage.reserve(workspace_id, charge, HUNDRED, moment)


def test_a_late_request_counts_in_its_own_minute(usage: DynamoDBUsage, workspace_id: str) -> None:
    charge = Charge(1, bytes=60, repeats=60)
    for moment in (NOW, NOW - MINUTE):
        usage.reserve(workspace_id, charge, HUNDRED, moment)
    for moment in (NOW - MINUTE, NOW):
        with pytest.raises(RateLimited):
            usage.reserve(workspace_id, charge, HUNDRED, moment)


def test_requests_without_repeats_pass_when_repeats_are_used_up(
    usage: DynamoDBUsage, workspace_id: str
) -> None:
    usage.reserve(workspace_id, Charge(0, 1, repeats=100), HUNDRED, NOW)
    usage.reserve(workspace_id, Charge(1, 1), HUNDRED, NOW)
    lowered = Limits(repeats_per_minute=10)
    usage.reserve(workspace_id, Charge(1, 1), lowered, NOW)


def test_an_item_of_before_these_limits_is_counted_on(
    usage: DynamoDBUsage, table: Table, workspace_id: str
) -> None:
    """It has requests of this minute, and neither bytes nor repeats."""
    minute = NOW // MINUTE
    requests = {f"requests_{minute % 8}": minute * 1_000_000 + 2}
    set_attributes(table, workspace_id, events=7, **requests)
    limits = Limits(requests_per_minute=3, bytes_per_minute=100)
    usage.reserve(workspace_id, Charge(1, bytes=100, repeats=1), limits, NOW)
    with pytest.raises(RateLimited, match="3 requests a minute"):
        usage.reserve(workspace_id, Charge(1), limits, NOW)
    assert usage.events_used(workspace_id, NOW) == 8


# ---- refusing ------------------------------------------------------------------------------------


def test_a_workspace_is_refused_for_a_minute(usage: DynamoDBUsage, workspace_id: str) -> None:
    usage.reserve(workspace_id, Charge(1), Limits(), NOW)
    usage.refuse(workspace_id, NOW)
    for moment in (NOW, NOW + SECOND, NOW + MINUTE - 1):
        with pytest.raises(Backlogged, match="wait to be chained") as refused:
            usage.reserve(workspace_id, Charge(1), Limits(), moment)
        assert refused.value.retry_after == 30
    usage.reserve(workspace_id, Charge(1), Limits(), NOW + MINUTE)
    assert usage.events_used(workspace_id, NOW) == 2


def test_a_repeat_is_refused_too(usage: DynamoDBUsage, workspace_id: str) -> None:
    usage.reserve(workspace_id, Charge(1), Limits(), NOW)
    usage.refuse(workspace_id, NOW)
    with pytest.raises(Backlogged):
        usage.reserve(workspace_id, Charge(0, bytes=1, repeats=1), Limits(), NOW)


def test_refusing_again_begins_the_minute_anew(usage: DynamoDBUsage, workspace_id: str) -> None:
    usage.reserve(workspace_id, Charge(1), Limits(), NOW)
    for moment in (NOW, NOW + 50 * SECOND):
        usage.refuse(workspace_id, moment)
    with pytest.raises(Backlogged):
        usage.reserve(workspace_id, Charge(1), Limits(), NOW + 109 * SECOND)
    usage.reserve(workspace_id, Charge(1), Limits(), NOW + 110 * SECOND)


@pytest.mark.parametrize(
    ("behind", "refused"), [(0, True), (60 * SECOND, True), (60 * SECOND + 1, False)]
)
def test_a_gateway_whose_clock_is_behind_refuses_until_its_own_minute_is_over(
    usage: DynamoDBUsage, workspace_id: str, behind: int, refused: bool
) -> None:
    usage.reserve(workspace_id, Charge(1), Limits(), NOW)
    usage.refuse(workspace_id, NOW + behind)
    if refused:
        with pytest.raises(Backlogged):
            usage.reserve(workspace_id, Charge(1), Limits(), NOW)
    else:
        usage.reserve(workspace_id, Charge(1), Limits(), NOW)


def test_a_forged_time_far_ahead_refuses_nobody(
    usage: DynamoDBUsage, table: Table, workspace_id: str
) -> None:
    set_attributes(table, workspace_id, refuse_until=NOW + 365 * 24 * 60 * MINUTE)
    usage.reserve(workspace_id, Charge(1), Limits(), NOW)


def test_what_has_no_usage_is_not_refused_and_that_is_no_error(
    usage: DynamoDBUsage, table: Table, workspace_id: str
) -> None:
    usage.refuse(workspace_id, NOW)
    assert attributes(table, workspace_id) == {}
    usage.reserve(workspace_id, Charge(1), Limits(), NOW)


def test_refusing_writes_one_attribute_in_one_call(
    usage: DynamoDBUsage, table: Table, workspace_id: str
) -> None:
    usage.reserve(workspace_id, Charge(3, 4, 5), Limits(), NOW)
    before = attributes(table, workspace_id)
    with counting(table.client) as calls:
        usage.refuse(workspace_id, NOW)
    assert calls == ["UpdateItem"]
    assert attributes(table, workspace_id) == {**before, "refuse_until": NOW + MINUTE}


def test_an_item_without_events_has_used_none(
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


# ---- the reason ----------------------------------------------------------------------------------


def test_of_several_reasons_the_one_that_lasts_longest_is_given(
    usage: DynamoDBUsage, workspace_id: str
) -> None:
    tight = Limits(1, 1, 1, 1)
    usage.reserve(workspace_id, Charge(1, 1, 1), tight, NOW)
    usage.refuse(workspace_id, NOW)
    for charge, limits, error, complaint in [
        (Charge(1, 1, 1), tight, QuotaExceeded, "0 events left of 1"),
        (Charge(0, 1, 1), tight, RateLimited, "requests a minute"),
        (Charge(0, 1, 1), Limits(9, 1, 1, 1), RateLimited, "bytes of events a minute"),
        (Charge(0, 1, 1), Limits(9, 1, 9, 1), RateLimited, "may repeat 1 events a minute"),
        (Charge(0, 1, 1), Limits(9, 1, 9, 9), Backlogged, "wait to be chained"),
    ]:
        with pytest.raises(error, match=complaint):
            usage.reserve(workspace_id, charge, limits, NOW)


TEN = Limits(10, 10, 10, 10)


def an_item(**counters: int) -> dict[str, Any]:
    """A usage item in which everything of the month and the minute of NOW is used, but for one."""
    slot = NOW // MINUTE % 8
    used = {"events": 9, "requests": NOW // MINUTE * 1_000_000 + 9, "bytes": 9, "repeats": 9}
    numbers = {**used, "refuse_until": NOW, **counters}
    in_slots = ("requests", "bytes", "repeats")
    return {f"{k}_{slot}" if k in in_slots else k: number(n) for k, n in numbers.items()}


@pytest.mark.parametrize(
    "counters", [{}, {"refuse_until": NOW + 2 * MINUTE + 1}, {"requests": 0, "bytes": 99}]
)
def test_exactly_at_the_limits_it_was_a_race(counters: dict[str, int]) -> None:
    assert limit_reached(an_item(**counters), Charge(1, 1, 1), TEN, NOW) is None


@pytest.mark.parametrize(
    ("counters", "reason"),
    [
        ({"events": 10}, "0 events left of 10"),
        ({"events": 12}, "0 events left of 10"),
        ({"requests": NOW // MINUTE * 1_000_000 + 10}, "10 requests a minute"),
        ({"requests": (NOW // MINUTE + 8) * 1_000_000}, "10 requests a minute"),
        ({"bytes": 10}, "10 bytes of events a minute"),
        ({"repeats": 10}, "may repeat 10 events a minute"),
        ({"refuse_until": NOW + 1}, "wait to be chained"),
        ({"refuse_until": NOW + 2 * MINUTE}, "wait to be chained"),
    ],
)
def test_one_more_than_a_limit_is_the_reason(counters: dict[str, int], reason: str) -> None:
    reached = limit_reached(an_item(**counters), Charge(1, 1, 1), TEN, NOW)
    assert reason in str(reached)


REASONS = (
    "events left",
    "requests a minute",
    "bytes of events a minute",
    "may repeat",
    "wait to be chained",
)


def reason_against(usage: DynamoDBUsage | MemoryUsage, *request: object) -> str | None:
    """Why a reservation is refused, if it is."""
    try:
        usage.reserve(*request)  # type: ignore[arg-type]
    except LimitReached as error:
        [reason] = [each for each in REASONS if each in str(error)]
        return reason
    return None


@pytest.mark.parametrize("seed", range(8))
def test_what_passes_and_why_not_is_as_plain_counters_have_it(table: Table, seed: int) -> None:
    """Random requests around all limits, some of them a minute late."""
    source, model, workspace_id = random.Random(seed), MemoryUsage(), new_workspace_id()
    usage, latest = DynamoDBUsage(table), NOW
    seen = set[str | None]()
    for _ in range(60):
        latest += source.choice([0, 0, 0, 0, SECOND, 20 * SECOND, MINUTE, 8 * MINUTE])
        now = latest - source.choice([0, 0, 0, MINUTE])
        if source.random() < 0.15:
            ahead = source.choice([0, 0, 30, 200]) * SECOND
            usage.refuse(workspace_id, now + ahead)
            model.refuse(workspace_id, now + ahead)
        limits = Limits(source.choice([2, 5]), source.choice([20, 200]), 12, source.choice([2, 4]))
        charge = Charge(source.randrange(4), source.choice([1, 1, 4, 13]), source.randrange(4))
        expected = reason_against(model, workspace_id, charge, limits, now)
        assert reason_against(usage, workspace_id, charge, limits, now) == expected
        seen.add(expected)
    assert usage.events_used(workspace_id, NOW) == sum(model.events.values())
    assert len(seen) >= 5
