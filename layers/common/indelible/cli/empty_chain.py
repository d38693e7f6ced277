"""Chains without records: whether the workspace has events that must have been chained."""

# ruff: noqa: PLC0415 (AWS libraries are imported when a command needs them)
from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ..reading.missing_records import is_on_its_way, missing_beside_index, missing_beside_usage
from ..runtime.clock import now

if TYPE_CHECKING:
    from ..aws.table import Table
    from ..verifying.breaks import Break


class EmptyChain(NamedTuple):
    """What is known of a workspace whose chain has no record.

    `missing` is the break if the chain must have had records. `on_their_way` is the number of
    events that were accepted so recently that they may not be chained yet.
    """

    missing: Break | None
    on_their_way: int = 0


def explain_empty_chain(table: Table, workspace_id: str) -> EmptyChain:
    """Look for events of the workspace in its index and its usage. Raises Unavailable."""
    from ..aws.index import DynamoDBIndex
    from ..aws.ledger import DynamoDBLedger
    from ..aws.usage import DynamoDBUsage

    ledger, index = DynamoDBLedger(table), DynamoDBIndex(table)
    if missing := missing_beside_index(ledger, index, workspace_id, 0):
        return EmptyChain(missing)
    counted, moment = DynamoDBUsage(table).events_ever(workspace_id), now()
    if missing := missing_beside_usage(counted.events, counted.first_event_at, moment):
        return EmptyChain(missing)
    return EmptyChain(None, counted.events if is_on_its_way(counted.first_event_at, moment) else 0)
