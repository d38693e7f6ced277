"""Usage in DynamoDB when requests race, on both engines: each is counted exactly once."""

from __future__ import annotations

from typing import Any

import pytest
from indelible.accounts.limits import Charge, Limits
from indelible.aws.table import Table
from indelible.aws.usage import DynamoDBUsage
from indelible.errors import RateLimited, Unavailable
from indelible.times import parse_iso_8601
from support.builders import KEY_PREFIX, MINUTE

NOW = parse_iso_8601("2026-11-23T20:23:08.000000Z")
SAME_SLOT = NOW + 8 * MINUTE
"""Eight minutes take turns in the attributes of one slot."""


def test_two_requests_that_begin_a_minute_in_a_used_slot_are_both_counted(
    table: Table, workspace_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second one to write must not overwrite the minute that the first one began."""
    usage, other = DynamoDBUsage(table), DynamoDBUsage(table)
    usage.reserve(workspace_id, KEY_PREFIX, Charge(1, bytes=10), Limits(), NOW)
    attempts = list[Any]()
    count = usage._count

    def count_after_the_other(*arguments: Any) -> Any:
        attempts.append(arguments)
        if len(attempts) == 2:  # the first attempt has read the outdated minute
            other.reserve(workspace_id, KEY_PREFIX, Charge(1, bytes=20), Limits(), SAME_SLOT)
        return count(*arguments)

    monkeypatch.setattr(usage, "_count", count_after_the_other)
    usage.reserve(workspace_id, KEY_PREFIX, Charge(1, bytes=30), Limits(), SAME_SLOT)
    assert len(attempts) == 3
    assert other.events_used(workspace_id, SAME_SLOT) == 3
    two = Limits(requests_per_minute=2)
    with pytest.raises(RateLimited, match="2 requests a minute"):
        other.reserve(workspace_id, KEY_PREFIX, Charge(1), two, SAME_SLOT)
    with pytest.raises(RateLimited, match="60 bytes of events a minute"):
        other.reserve(
            workspace_id, KEY_PREFIX, Charge(1, bytes=11), Limits(bytes_per_minute=60), SAME_SLOT
        )


def test_a_request_that_loses_every_race_is_refused_and_not_let_through(
    moto_table: Table, workspace_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = DynamoDBUsage(moto_table)
    attempts = list[Any]()

    def lose(*arguments: Any) -> dict[str, Any]:
        attempts.append(arguments)
        return {}  # an item in which no limit is reached

    monkeypatch.setattr(usage, "_count", lose)
    with pytest.raises(Unavailable, match="could not count"):
        usage.reserve(workspace_id, KEY_PREFIX, Charge(1), Limits(), NOW)
    assert len(attempts) == 5
    assert usage.events_used(workspace_id, NOW) == 0
