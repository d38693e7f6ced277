"""Usage: how many events and requests a workspace has had, counted and limited in one update."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from ..errors import QuotaExceeded, RateLimited, Unavailable
from ..times import MICROSECONDS
from ..workspace import MOST_REQUESTS_PER_MINUTE, Limits
from .clients import error_code, item_of_failure, unavailable_on_failure
from .table import Table, number, number_of, usage_key

if TYPE_CHECKING:
    from .table import Item, ReadItem

_MINUTE = 60 * MICROSECONDS
_KEPT_SECONDS = 400 * 24 * 3600
"""Usage expires after 400 days, so that a year can be compared with the one before."""

_TRIES = 5
_SLOTS = 8
_MOST_REQUESTS = MOST_REQUESTS_PER_MINUTE + 1


class DynamoDBUsage:
    """`indelible.ports.Usage`, an item per workspace and month.

    Requests are counted in the attribute of their minute, one of eight that take turns, as minute
    times a million plus count. So a count of an earlier turn tells itself apart from this minute's,
    and one update serves whether or not the minute has begun.
    """

    def __init__(self, table: Table) -> None:
        self._table = table

    def reserve(self, workspace_id: str, events: int, limits: Limits, now: int) -> None:
        """Count one request and these events, all or nothing."""
        first = now // _MINUTE * _MOST_REQUESTS + 1
        outdated: int | None = None
        for _ in range(_TRIES):
            refused = self._count(workspace_id, events, limits, now, outdated)
            if refused is None:
                return
            _raise_if_used_up(refused, events, limits, now)
            counted = number_of(refused, _slot(now)) if _slot(now) in refused else None
            outdated = counted if counted is not None and counted < first else None
        raise Unavailable("DynamoDB could not count the request")

    def _count(
        self, workspace_id: str, events: int, limits: Limits, now: int, outdated: int | None
    ) -> ReadItem | None:
        """None when counted, else the usage that stood against it."""
        before_first = now // _MINUTE * _MOST_REQUESTS
        values: Item = {
            ":one": number(1),
            ":events": number(events),
            ":expires_at": number(now // MICROSECONDS + _KEPT_SECONDS),
            ":before_first": number(before_first),
        }
        if outdated is None:
            counted = "if_not_exists(#slot, :before_first) + :one"
            condition = "(attribute_not_exists(#slot) OR #slot BETWEEN :before_first AND :last)"
            values[":last"] = number(before_first + limits.requests_per_minute - 1)
        else:
            counted = ":before_first + :one"
            condition = "#slot = :outdated"
            values[":outdated"] = number(outdated)
        if events:
            values[":room"] = number(limits.events_per_month - events)
            unused = (
                "attribute_not_exists(#events) OR " if events <= limits.events_per_month else ""
            )
            condition += f" AND ({unused}#events <= :room)"
        passed = {f"#passed{slot}": f"requests_{slot}" for slot in _passed_slots(now)}
        with unavailable_on_failure("DynamoDB"):
            try:
                self._table.client.update_item(
                    TableName=self._table.name,
                    Key=usage_key(workspace_id, _month(now)),
                    UpdateExpression=f"SET #slot = {counted}, expires_at = :expires_at"
                    f" ADD #events :events REMOVE {', '.join(passed)}",
                    ConditionExpression=condition,
                    ExpressionAttributeNames={"#slot": _slot(now), "#events": "events", **passed},
                    ExpressionAttributeValues=values,
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
            except ClientError as error:
                if error_code(error) != "ConditionalCheckFailedException":
                    raise
                return item_of_failure(error) or {}
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
    used = number_of(usage, "events") if "events" in usage else 0
    if events and used + events > limits.events_per_month:
        left = max(0, limits.events_per_month - used)
        raise QuotaExceeded(
            f"The workspace has {left} events left of {limits.events_per_month} this month; "
            f"the request has {events} new ones. Nothing was queued.",
            retry_after=_seconds_to_next_month(now),
        )
    counted = number_of(usage, _slot(now)) if _slot(now) in usage else 0
    if counted >= now // _MINUTE * _MOST_REQUESTS + limits.requests_per_minute:
        raise RateLimited(
            f"The workspace may send {limits.requests_per_minute} requests a minute. "
            "Send fewer and larger batches, or ask for a higher limit.",
            retry_after=_seconds_to_next_minute(now),
        )


def _slot(now: int) -> str:
    return f"requests_{now // _MINUTE % _SLOTS}"


def _passed_slots(now: int) -> list[int]:
    """The slots of minutes that nothing is counted in any more: all but this and its neighbours."""
    return [(now // _MINUTE + away) % _SLOTS for away in range(2, _SLOTS - 1)]


def _month(now: int) -> str:
    return datetime.fromtimestamp(now // MICROSECONDS, UTC).strftime("%Y-%m")


def _seconds_to_next_minute(now: int) -> int:
    return 60 - now // MICROSECONDS % 60


def _seconds_to_next_month(now: int) -> int:
    moment = datetime.fromtimestamp(now // MICROSECONDS, UTC)
    year, month = divmod(moment.year * 12 + moment.month, 12)
    following = datetime(year, month + 1, 1, tzinfo=UTC)
    return int((following - moment).total_seconds())
