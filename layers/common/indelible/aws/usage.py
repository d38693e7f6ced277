"""Usage: what a workspace has used of its limits, counted and limited in one update."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from ..accounts.limits import Charge, Limits
from ..errors import Unavailable
from .clients import error_code, item_of_failure, unavailable_on_failure
from .table import Table, number, usage_key
from .usage_item import REFUSAL, count_of, counting, month_of, outdated_requests
from .usage_limits import limit_reached

if TYPE_CHECKING:
    from .table import ReadItem

_TRIES = 5


class DynamoDBUsage:
    """`ingest.ports.Usage` and `writing.ports.Backlog`, an item per workspace and month."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def reserve(self, workspace_id: str, charge: Charge, limits: Limits, now: int) -> None:
        """Count one request and its charge, all or nothing.

        LimitReached when that is over a limit, or the writer is behind. Unavailable when it could
        not be counted, or a counter is no integer.
        """
        outdated: int | None = None
        for _ in range(_TRIES):
            refused = self._count(workspace_id, charge, limits, now, outdated)
            if refused is None:
                return
            if reached := limit_reached(refused, charge, limits, now):
                raise reached
            outdated = outdated_requests(refused, now)
        raise Unavailable("DynamoDB could not count the request")

    def _count(
        self, workspace_id: str, charge: Charge, limits: Limits, now: int, outdated: int | None
    ) -> ReadItem | None:
        """None when counted, else the usage that stood against it."""
        request = counting(charge, limits, now, outdated)
        with unavailable_on_failure("DynamoDB"):
            try:
                self._table.client.update_item(
                    TableName=self._table.name,
                    Key=usage_key(workspace_id, month_of(now)),
                    UpdateExpression=request.update,
                    ConditionExpression=request.condition,
                    ExpressionAttributeNames={"#events": "events"},
                    ExpressionAttributeValues=request.values,
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
            except ClientError as error:
                if error_code(error) != "ConditionalCheckFailedException":
                    raise
                return item_of_failure(error) or {}
        return None

    def refuse(self, workspace_id: str, now: int) -> None:
        """Have the workspace's requests refused for the next minute.

        Nothing happens when it has no usage in the month of `now` (microseconds). Only
        `refuse_until` is written: the writer's role may write nothing else.
        """
        with unavailable_on_failure("DynamoDB"):
            try:
                self._table.client.update_item(
                    TableName=self._table.name,
                    Key=usage_key(workspace_id, month_of(now)),
                    UpdateExpression="SET refuse_until = :until",
                    ConditionExpression="attribute_exists(pk)",
                    ExpressionAttributeValues={":until": number(now + REFUSAL)},
                )
            except ClientError as error:
                if error_code(error) != "ConditionalCheckFailedException":
                    raise

    def give_back(self, workspace_id: str, events: int, now: int) -> None:
        """Uncount events that were reserved at `now` and then not queued."""
        with unavailable_on_failure("DynamoDB"):
            self._table.client.update_item(
                TableName=self._table.name,
                Key=usage_key(workspace_id, month_of(now)),
                UpdateExpression="ADD #events :events",
                ExpressionAttributeNames={"#events": "events"},
                ExpressionAttributeValues={":events": number(-events)},
            )

    def events_used(self, workspace_id: str, now: int) -> int:
        """The events of the month in which `now` lies. Unavailable when they cannot be read."""
        with unavailable_on_failure("DynamoDB"):
            answer = self._table.client.get_item(
                TableName=self._table.name,
                Key=usage_key(workspace_id, month_of(now)),
                ConsistentRead=True,
            )
        return count_of(answer.get("Item", {}), "events")
