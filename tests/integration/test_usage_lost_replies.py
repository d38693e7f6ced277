"""Usage in DynamoDB when replies are lost: botocore repeats the update, which is charged again."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import pytest
from indelible.accounts.limits import Charge, Limits
from indelible.aws.table import Table
from indelible.aws.usage import DynamoDBUsage
from indelible.errors import QuotaExceeded, Unavailable
from indelible.times import parse_iso_8601
from support.aws_faults import losing_attempts
from support.builders import KEY_PREFIX, MINUTE

NOW = parse_iso_8601("2026-11-23T20:23:08.000000Z")
LOST, ANSWERED = True, False


@pytest.fixture
def usage(table: Table) -> DynamoDBUsage:
    return DynamoDBUsage(table)


def charged_times(
    usage: DynamoDBUsage,
    table: Table,
    workspace_id: str,
    minutes: int,
    attempts: list[bool],
    ending: AbstractContextManager[object],
) -> float:
    """How often a request is charged that comes `minutes` after another one."""
    usage.reserve(workspace_id, KEY_PREFIX, Charge(5), Limits(), NOW)
    with losing_attempts(table.client, *attempts), ending:
        usage.reserve(workspace_id, KEY_PREFIX, Charge(100), Limits(), NOW + minutes * MINUTE)
    return (usage.events_used(workspace_id, NOW) - 5) / 100


@pytest.mark.parametrize(
    ("minutes", "attempts", "charged"),
    [
        (0, [ANSWERED], 1),
        (0, [LOST, ANSWERED], 2),
        (0, [LOST, LOST, ANSWERED], 3),
        (8, [ANSWERED, LOST, ANSWERED, LOST, LOST, ANSWERED], 4),
    ],
)
def test_a_request_whose_replies_are_lost_is_charged_at_most_four_times(
    usage: DynamoDBUsage,
    table: Table,
    workspace_id: str,
    minutes: int,
    attempts: list[bool],
    charged: int,
) -> None:
    """Once per attempt, of which one call has three. Four, if the minute's slot was used before."""
    answered = nullcontext()
    assert charged_times(usage, table, workspace_id, minutes, attempts, answered) == charged


@pytest.mark.parametrize(
    ("minutes", "attempts", "charged"),
    [(0, [LOST] * 3, 3), (8, [ANSWERED, LOST, ANSWERED, LOST, LOST, LOST], 4)],
)
def test_a_request_that_is_never_answered_is_charged_at_most_four_times(
    usage: DynamoDBUsage,
    table: Table,
    workspace_id: str,
    minutes: int,
    attempts: list[bool],
    charged: int,
) -> None:
    refused = pytest.raises(Unavailable)
    assert charged_times(usage, table, workspace_id, minutes, attempts, refused) == charged


def test_events_whose_replies_are_lost_are_given_back_at_most_three_times(
    usage: DynamoDBUsage, table: Table, workspace_id: str
) -> None:
    usage.reserve(workspace_id, KEY_PREFIX, Charge(100), Limits(), NOW)
    with losing_attempts(table.client, *[LOST] * 3), pytest.raises(Unavailable):
        usage.give_back(workspace_id, 10, NOW)
    assert usage.events_used(workspace_id, NOW) == 100 - 3 * 10


@pytest.mark.parametrize("left", [0, 1, 99])
def test_a_lost_reply_near_the_limit_never_charges_more_than_the_limit(
    usage: DynamoDBUsage, table: Table, workspace_id: str, left: int
) -> None:
    """The second attempt is refused, because the first one has used the events."""
    limits = Limits(events_per_month=100 + left)
    with losing_attempts(table.client, LOST), pytest.raises(QuotaExceeded):
        usage.reserve(workspace_id, KEY_PREFIX, Charge(100), limits, NOW)
    assert usage.events_used(workspace_id, NOW) == 100
