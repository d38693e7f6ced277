"""What the chain of a workspace must have after clients sent events through harm."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import httpx
from e2e.client import chained, send_until_accepted
from indelible.aws.ledger import DynamoDBLedger
from indelible.verifying.segments import verify

from tools.local.waiting import wait_until

_END = "the end"


def await_everything(
    http: httpx.Client, api_key: str, ledger: DynamoDBLedger, workspace_id: str
) -> list[dict[str, Any]]:
    """The records of the chain once all that was queued is in it, and the chain is verified.

    The queue keeps the order of a workspace, so an event that is sent now is chained last.
    """
    [end] = send_until_accepted(http, api_key, [{"actor_id": _END, "action": "ended"}])
    records = wait_until(
        "the last event",
        lambda: [r for r in [chained(ledger, workspace_id)] if r and r[-1]["id"] == end["id"]],
    )[0]
    steps = list(verify(workspace_id, ledger.ascending(workspace_id, 1)))
    assert [step.breaks for step in steps] == [()] * len(steps)
    return records[:-1]


def assert_each_once_in_order(records: list[dict[str, Any]], counts: Mapping[str, int]) -> None:
    """Each actor's events are numbered from 1 in `version`, and there are no other events."""
    found = defaultdict(list)
    for record in records:
        found[record["actor_id"]].append(record["version"])
    assert found == {actor: list(range(1, count + 1)) for actor, count in counts.items()}
