"""Bugs that the tests found; each test moves to its own file once it is mended."""

from __future__ import annotations

import pytest
from indelible.aws.table import Table
from indelible.aws.usage import DynamoDBUsage
from indelible.errors import QuotaExceeded
from indelible.identifiers import new_workspace_id
from indelible.workspace import Limits

NOW = 1_795_466_588_000_000


def test_a_first_request_over_the_quota_is_refused(table: Table) -> None:
    usage, workspace_id = DynamoDBUsage(table), new_workspace_id()
    with pytest.raises(QuotaExceeded, match="5 events left of 5"):
        usage.reserve(workspace_id, 6, Limits(1_000, 5), NOW)
    assert usage.events_used(workspace_id, NOW) == 0


def test_no_new_events_pass_when_the_quota_was_lowered_below_what_is_used(table: Table) -> None:
    """A repeat of claimed events has to get through, or what failed to queue stays lost."""
    usage, workspace_id = DynamoDBUsage(table), new_workspace_id()
    usage.reserve(workspace_id, 5, Limits(1_000, 5), NOW)
    usage.reserve(workspace_id, 0, Limits(1_000, 3), NOW)
    assert usage.events_used(workspace_id, NOW) == 5
