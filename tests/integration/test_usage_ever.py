"""The events of all months, on each engine: they show that a workspace's chain had records."""

from __future__ import annotations

import pytest
from indelible.accounts.limits import Charge, EventsEver, Limits
from indelible.aws.table import Table, number, string, usage_key
from indelible.aws.usage import DynamoDBUsage
from indelible.errors import DamagedItem, QuotaExceeded, Unavailable
from indelible.times import parse_iso_8601
from integration.usage_engines import AnyUsage
from support.aws_faults import TIMEOUT, answering
from support.builders import DAY, KEY_PREFIX, MINUTE

NOW = parse_iso_8601("2026-11-23T20:23:08.000000Z")


def test_a_workspace_that_sent_nothing_has_no_events(usage: AnyUsage, workspace_id: str) -> None:
    usage.reserve("ws_other", KEY_PREFIX, Charge(5), Limits(), NOW)
    assert usage.events_ever(workspace_id) == EventsEver(0, None)


def test_events_of_all_months_count_from_the_first_one_on(
    usage: AnyUsage, workspace_id: str
) -> None:
    for events, moment in ((4, NOW + MINUTE), (2, NOW + 2 * MINUTE), (1, NOW + 400 * DAY)):
        usage.reserve(workspace_id, KEY_PREFIX, Charge(events), Limits(), moment)
    assert usage.events_ever(workspace_id) == EventsEver(7, NOW + MINUTE)


def test_a_request_without_new_events_is_no_event(usage: AnyUsage, workspace_id: str) -> None:
    usage.reserve(workspace_id, KEY_PREFIX, Charge(0, bytes=10, repeats=1), Limits(), NOW)
    assert usage.events_ever(workspace_id) == EventsEver(0, None)
    usage.reserve(workspace_id, KEY_PREFIX, Charge(1), Limits(), NOW + MINUTE)
    assert usage.events_ever(workspace_id) == EventsEver(1, NOW + MINUTE)


def test_a_refused_request_is_no_event(usage: AnyUsage, workspace_id: str) -> None:
    with pytest.raises(QuotaExceeded):
        usage.reserve(workspace_id, KEY_PREFIX, Charge(2), Limits(events_per_month=1), NOW)
    assert usage.events_ever(workspace_id) == EventsEver(0, None)


def test_a_month_whose_events_were_given_back_does_not_count(
    usage: AnyUsage, workspace_id: str
) -> None:
    usage.reserve(workspace_id, KEY_PREFIX, Charge(3), Limits(), NOW)
    usage.give_back(workspace_id, 3, NOW)
    assert usage.events_ever(workspace_id) == EventsEver(0, None)
    usage.reserve(workspace_id, KEY_PREFIX, Charge(2), Limits(), NOW + 30 * DAY)
    usage.give_back(workspace_id, 1, NOW)  # twice, because a reply was lost
    assert usage.events_ever(workspace_id) == EventsEver(2, NOW + 30 * DAY)


def put(table: Table, workspace_id: str, **attributes: object) -> None:
    item = {**usage_key(workspace_id, "2026-11"), **attributes}
    table.client.put_item(TableName=table.name, Item=item)  # type: ignore[arg-type]


def test_an_item_without_the_time_of_its_first_event_counts(
    table: Table, workspace_id: str
) -> None:
    put(table, workspace_id, events=number(7))
    assert DynamoDBUsage(table).events_ever(workspace_id) == EventsEver(7, None)


def test_a_forged_item_is_an_error(table: Table, workspace_id: str) -> None:
    put(table, workspace_id, events=string("none"))
    with pytest.raises(Unavailable, match="events"):
        DynamoDBUsage(table).events_ever(workspace_id)
    put(table, workspace_id, events=number(1), first_event_at=string("never"))
    with pytest.raises(DamagedItem, match="first event"):
        DynamoDBUsage(table).events_ever(workspace_id)


@pytest.mark.parametrize("code", ["AccessDeniedException", TIMEOUT])
def test_usage_that_cannot_be_read_is_an_error(table: Table, workspace_id: str, code: str) -> None:
    with answering(table.client, "Query", code), pytest.raises(Unavailable):
        DynamoDBUsage(table).events_ever(workspace_id)
