"""Usage: what a workspace has used of its limits, counted and limited in one update."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..accounts.limits import REFUSAL, Charge, Limits, limit_reached, month_of
from ..errors import Unavailable
from .clients import unavailable_on_failure, write_if
from .table import Table, number, usage_key
from .usage_item import count_of, outdated_requests, used_at
from .usage_update import counting

if TYPE_CHECKING:
    from .table import ReadItem

_TRIES = 5
"""A second attempt follows when a new minute begins, or when requests race; a fifth is a fault."""


class DynamoDBUsage:
    """`ingest.ports.Usage` and `writing.ports.Backlog`, an item per workspace and month."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def reserve(self, workspace_id: str, charge: Charge, limits: Limits, now: int) -> None:
        """Count one request and its charge at `now` (microseconds), or nothing.

        LimitReached when that is over a limit, or the writer is behind. Unavailable when it could
        not be counted, or a counter is no integer.
        """
        outdated: int | None = None
        for _ in range(_TRIES):
            item = self._count(workspace_id, charge, limits, now, outdated)
            if item is None:
                return
            if reached := limit_reached(used_at(item, charge, now), charge, limits, now):
                raise reached
            outdated = outdated_requests(item, now)
        raise Unavailable("DynamoDB could not count the request")

    def _count(
        self, workspace_id: str, charge: Charge, limits: Limits, now: int, outdated: int | None
    ) -> ReadItem | None:
        """None when counted, else the usage item that stood against it."""
        request = counting(charge, limits, now, outdated)
        return write_if(
            self._table.client.update_item,
            TableName=self._table.name,
            Key=usage_key(workspace_id, month_of(now)),
            UpdateExpression=request.update,
            ConditionExpression=request.condition,
            ExpressionAttributeNames={"#events": "events"},
            ExpressionAttributeValues=request.values,
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )

    def refuse(self, workspace_id: str, now: int) -> None:
        """Have the workspace's requests refused for the next minute.

        Nothing happens when it has no usage in the month of `now` (microseconds). Only
        `refuse_until` is written: the writer's role may write nothing else.
        """
        write_if(
            self._table.client.update_item,
            TableName=self._table.name,
            Key=usage_key(workspace_id, month_of(now)),
            UpdateExpression="SET refuse_until = :until",
            ConditionExpression="attribute_exists(pk)",
            ExpressionAttributeValues={":until": number(now + REFUSAL)},
        )

    def give_back(self, workspace_id: str, events: int, now: int) -> None:
        """Uncount events that were reserved at `now` (microseconds) and then not queued."""
        with unavailable_on_failure("DynamoDB"):
            self._table.client.update_item(
                TableName=self._table.name,
                Key=usage_key(workspace_id, month_of(now)),
                UpdateExpression="ADD #events :events",
                ExpressionAttributeNames={"#events": "events"},
                ExpressionAttributeValues={":events": number(-events)},
            )

    def events_used(self, workspace_id: str, now: int) -> int:
        """The events of the month that contains `now` (microseconds).

        Unavailable when they cannot be read.
        """
        with unavailable_on_failure("DynamoDB"):
            answer = self._table.client.get_item(
                TableName=self._table.name,
                Key=usage_key(workspace_id, month_of(now)),
                ConsistentRead=True,
            )
        return count_of(answer.get("Item", {}), "events")
