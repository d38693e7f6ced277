"""Usage: how many events and requests a workspace has had, counted and limited in one update."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from ..errors import QuotaExceeded, RateLimited, Unavailable
from ..times import MICROSECONDS
from ..workspace import Limits
from .clients import error_code, item_of_failure, unavailable_on_failure
from .table import Table, number, number_of, usage_key

if TYPE_CHECKING:
    from .table import Item, ReadItem

_MINUTE = 60 * MICROSECONDS
_KEPT_SECONDS = 400 * 24 * 3600
"""Usage expires after 400 days, so that a year can be compared with the one before."""

_TRIES = 5


class DynamoDBUsage:
    """`indelible.ports.Usage`, an item per workspace and month."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._minutes: dict[str, int] = {}

    def reserve(self, workspace_id: str, events: int, limits: Limits, now: int) -> None:
        """Count one request and these events, all or nothing.

        An update cannot say "if the minute is over, begin at one, else add one". So there are two
        updates, each on condition that it is the right one; which to try first is remembered.
        """
        minute = now // _MINUTE
        for _ in range(_TRIES):
            begins = self._minutes.get(workspace_id, -1) < minute
            refused = self._count(workspace_id, events, limits, now, begins=begins)
            if refused is None:
                self._minutes[workspace_id] = max(minute, self._minutes.get(workspace_id, -1))
                return
            self._minutes[workspace_id] = number_of(refused, "minute")
            _raise_if_used_up(refused, events, limits, now)
        raise Unavailable("DynamoDB could not count the request")

    def _count(
        self, workspace_id: str, events: int, limits: Limits, now: int, *, begins: bool
    ) -> ReadItem | None:
        """None when counted, else the usage that stood against it."""
        right_minute = (
            "(attribute_not_exists(#minute) OR #minute < :minute)"
            if begins
            else "#minute >= :minute AND minute_requests < :requests"
        )
        request = (
            "#minute = :minute, minute_requests = :one"
            if begins
            else ("minute_requests = minute_requests + :one")
        )
        values: Item = {
            ":minute": number(now // _MINUTE),
            ":one": number(1),
            ":events": number(events),
            ":room": number(limits.events_per_month - events),
            ":expires_at": number(now // MICROSECONDS + _KEPT_SECONDS),
        }
        if not begins:
            values[":requests"] = number(limits.requests_per_minute)
        with unavailable_on_failure("DynamoDB"):
            try:
                self._table.client.update_item(
                    TableName=self._table.name,
                    Key=usage_key(workspace_id, _month(now)),
                    UpdateExpression=f"SET {request}, expires_at = :expires_at ADD #events :events",
                    ConditionExpression=(
                        f"{right_minute} AND (attribute_not_exists(#events) OR #events <= :room)"
                    ),
                    ExpressionAttributeNames={"#minute": "minute", "#events": "events"},
                    ExpressionAttributeValues=values,
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
            except ClientError as error:
                if error_code(error) != "ConditionalCheckFailedException":
                    raise
                return item_of_failure(error) or {"minute": number(-1), "events": number(0)}
        return None

    def give_back(self, workspace_id: str, events: int, now: int) -> None:
        """Uncount events that were reserved at `now` and then not queued."""
        with unavailable_on_failure("DynamoDB"):
            self._table.client.update_item(
                TableName=self._table.name,
                Key=usage_key(workspace_id, _month(now)),
                UpdateExpression="ADD #events :events",
                ExpressionAttributeNames={"#events": "events"},
                ExpressionAttributeValues={":events": number(-events)},
            )

    def events_used(self, workspace_id: str, now: int) -> int:
        """The events of the month in which `now` lies."""
        with unavailable_on_failure("DynamoDB"):
            answer = self._table.client.get_item(
                TableName=self._table.name,
                Key=usage_key(workspace_id, _month(now)),
                ConsistentRead=True,
            )
        return number_of(answer["Item"], "events") if "Item" in answer else 0


def _raise_if_used_up(usage: ReadItem, events: int, limits: Limits, now: int) -> None:
    minute, used = number_of(usage, "minute"), number_of(usage, "events")
    if used + events > limits.events_per_month:
        left = max(0, limits.events_per_month - used)
        raise QuotaExceeded(
            f"The workspace has {left} events left of {limits.events_per_month} this month; "
            f"the request has {events} new ones. Nothing was queued.",
            retry_after=_seconds_to_next_month(now),
        )
    if (
        minute >= now // _MINUTE
        and number_of(usage, "minute_requests") >= limits.requests_per_minute
    ):
        raise RateLimited(
            f"The workspace may send {limits.requests_per_minute} requests a minute. "
            "Send fewer and larger batches, or ask for a higher limit.",
            retry_after=_seconds_to_next_minute(now),
        )


def _month(now: int) -> str:
    return datetime.fromtimestamp(now // MICROSECONDS, UTC).strftime("%Y-%m")


def _seconds_to_next_minute(now: int) -> int:
    return 60 - now // MICROSECONDS % 60


def _seconds_to_next_month(now: int) -> int:
    moment = datetime.fromtimestamp(now // MICROSECONDS, UTC)
    year, month = divmod(moment.year * 12 + moment.month, 12)
    following = datetime(year, month + 1, 1, tzinfo=UTC)
    return int((following - moment).total_seconds())
