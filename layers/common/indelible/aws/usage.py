"""Usage: how much a workspace has used of its limits. One update counts and limits a request."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from ..accounts.limits import REFUSAL, Charge, EventsEver, Limits, limit_reached, month_of
from ..errors import Unavailable
from .clients import unavailable_on_failure, write_if
from .table import Table, number, string, usage_key, usage_pk
from .usage_item import count_of, first_event_of, last_use_of, outdated_requests, used_at
from .usage_update import Counting, counting

if TYPE_CHECKING:
    from .table import ReadItem

_TRIES = 5
"""Maximum attempts. The second one follows when a new minute begins or requests race. More than a
few mean a fault."""


class DynamoDBUsage:
    """Implements `ingest.ports.Usage` and `writing.ports.Backlog`: an item per month."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def reserve(
        self, workspace_id: str, key_prefix: str, charge: Charge, limits: Limits, now: int
    ) -> None:
        """Count one request and its charge at `now` (microseconds), and note the use of its key.

        LimitReached when it exceeds a limit or the writer is behind; then nothing is counted.
        Unavailable when it could not be counted, or a counter is not an integer.

        botocore repeats an update whose reply is lost, so each of its three attempts may count the
        request. After an update that started the minute over, the next one may count it three times
        again: four times in all. It is never counted over a limit.
        """
        outdated: int | None = None
        for _ in range(_TRIES):
            request = counting(key_prefix, charge, limits, now, outdated)
            item = self._count(workspace_id, request, now)
            if item is None:
                return
            if reached := limit_reached(used_at(item, charge, now), charge, limits, now):
                raise reached
            outdated = outdated_requests(item, now)
        raise Unavailable("DynamoDB could not count the request")

    def _count(self, workspace_id: str, request: Counting, now: int) -> ReadItem | None:
        """Count a request. Returns None when it was counted, else the item that forbids it."""
        return write_if(
            self._table.client.update_item,
            TableName=self._table.name,
            Key=usage_key(workspace_id, month_of(now)),
            UpdateExpression=request.update,
            ConditionExpression=request.condition,
            ExpressionAttributeNames=request.names,
            ExpressionAttributeValues=request.values,
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )

    def refuse(self, workspace_id: str, now: int) -> None:
        """Have the workspace's requests refused for the next minute.

        Does nothing when it has no usage in the month of `now` (microseconds). Writes only
        `refuse_until`, because the writer's role may not write anything else.
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
        """Subtract events that were reserved at `now` (microseconds) but not queued.

        Each of botocore's three attempts may subtract them, if replies are lost.
        """
        with unavailable_on_failure("DynamoDB"):
            self._table.client.update_item(
                TableName=self._table.name,
                Key=usage_key(workspace_id, month_of(now)),
                UpdateExpression="ADD #events :events",
                ExpressionAttributeNames={"#events": "events"},
                ExpressionAttributeValues={":events": number(-events)},
            )

    def events_used(self, workspace_id: str, now: int) -> int:
        """The number of events in the month that contains `now` (microseconds).

        Unavailable when they cannot be read.
        """
        with unavailable_on_failure("DynamoDB"):
            answer = self._table.client.get_item(
                TableName=self._table.name,
                Key=usage_key(workspace_id, month_of(now)),
                ConsistentRead=True,
            )
        return count_of(answer.get("Item", {}), "events")

    def events_ever(self, workspace_id: str) -> EventsEver:
        """The number of events in all months, and the time of the first.

        Months whose events were all given back do not count. Unavailable when the usage cannot be
        read, or a counter is not an integer. DamagedItem when a time cannot be read.
        """
        months = [item for item in self._months(workspace_id) if count_of(item, "events") > 0]
        events = sum(count_of(item, "events") for item in months)
        return EventsEver(events, first_event_of(months[0]) if months else None)

    def was_ever_charged(self, workspace_id: str) -> bool:
        """Whether any event was ever reserved, also if it was given back.

        Every event is reserved before it is sent to the queue. Giving back may subtract too much,
        so a count of 0 does not show that nothing was sent.
        """
        return any(
            "first_event_at" in item or count_of(item, "events")
            for item in self._months(workspace_id)
        )

    def last_use_of_keys(self, workspace_id: str, prefixes: Iterable[str]) -> dict[str, int]:
        """The time of the last counted request of each key that had one, by prefix.

        Times are in microseconds, at the beginning of the minute. DamagedItem when a time cannot be
        read, Unavailable when the usage cannot be read.
        """
        wanted, found = set(prefixes), dict[str, int]()
        for item in self._months(workspace_id):
            found |= {prefix: last_use_of(item, prefix) for prefix in wanted & item.keys()}
        return found

    def _months(self, workspace_id: str) -> Iterator[ReadItem]:
        """The items of all months, in order."""
        with unavailable_on_failure("DynamoDB"):
            pages = self._table.client.get_paginator("query").paginate(
                TableName=self._table.name,
                KeyConditionExpression="pk = :usage",
                ExpressionAttributeValues={":usage": string(usage_pk(workspace_id))},
                ConsistentRead=True,
            )
            for page in pages:
                yield from page["Items"]
