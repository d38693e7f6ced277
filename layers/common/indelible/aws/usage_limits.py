"""Usage limits: which of them stood against a request, in words for its client."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ..accounts.limits import Charge, Limits
from ..errors import Backlogged, LimitReached, QuotaExceeded, RateLimited
from ..times import SECOND
from .usage_item import count_of, is_refusing, requests_before, slot_of

if TYPE_CHECKING:
    from .table import ReadItem

_RETRY_AFTER_BACKLOG = 30


def limit_reached(usage: ReadItem, charge: Charge, limits: Limits, now: int) -> LimitReached | None:
    """The limit that stands against a charge; None when none does, so that it was a race.

    When several do: the events of the month, then of the minute the requests, bytes and repeats,
    then the backlog. Unavailable when a counter that the charge adds to cannot be read.
    """
    used = count_of(usage, "events") if charge.events else 0
    if charge.events and used + charge.events > limits.events_per_month:
        left = max(0, limits.events_per_month - used)
        return QuotaExceeded(
            f"The workspace has {left} events left of {limits.events_per_month} this month; "
            f"the request has {charge.events} new ones. Nothing was queued.",
            retry_after=_seconds_to_next_month(now),
        )
    if excess := _excess_of_minute(usage, charge, limits, now):
        return RateLimited(excess, retry_after=_seconds_to_next_minute(now))
    if is_refusing(usage, now):
        return Backlogged(
            "Too many events of the workspace wait to be chained. Nothing was queued. "
            "Wait for the seconds in Retry-After and send the same request again.",
            retry_after=_RETRY_AFTER_BACKLOG,
        )
    return None


def _excess_of_minute(usage: ReadItem, charge: Charge, limits: Limits, now: int) -> str | None:
    """What the request has too much of for this minute, in words for its client."""
    slot, before_first = slot_of(now), requests_before(now)
    requests = count_of(usage, slot.requests) if slot.requests in usage else before_first
    if requests >= before_first + limits.requests_per_minute:
        return (
            f"The workspace may send {limits.requests_per_minute} requests a minute. "
            "Send fewer and larger batches, or ask for a higher limit."
        )
    is_of_this_minute = requests >= before_first
    size = charge.bytes + (count_of(usage, slot.bytes) if is_of_this_minute else 0)
    if size > limits.bytes_per_minute:
        return (
            f"The workspace may send {limits.bytes_per_minute} bytes of events a minute; the "
            f"request has {charge.bytes}. Nothing was queued. Send less at a time, or ask for a "
            "higher limit."
        )
    if not charge.repeats:
        return None
    repeats = charge.repeats + (count_of(usage, slot.repeats) if is_of_this_minute else 0)
    if repeats > limits.repeats_per_minute:
        return (
            f"The workspace may repeat {limits.repeats_per_minute} events a minute that are more "
            f"than five minutes old; the request repeats {charge.repeats}. Nothing was queued. "
            "Repeat fewer at a time, or ask for a higher limit."
        )
    return None


def _seconds_to_next_minute(now: int) -> int:
    return 60 - now // SECOND % 60


def _seconds_to_next_month(now: int) -> int:
    moment = datetime.fromtimestamp(now // SECOND, UTC)
    year, month = divmod(moment.year * 12 + moment.month, 12)
    following = datetime(year, month + 1, 1, tzinfo=UTC)
    return int((following - moment).total_seconds())
