"""Limits: how much a workspace may use, and whether a request stays within them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from ..errors import Backlogged, LimitReached, QuotaExceeded, RateLimited
from ..times import SECOND

MINUTE = 60 * SECOND
"""Microseconds per minute."""

MAX_REQUESTS_PER_MINUTE = 999_999
MAX_EVENTS_PER_MONTH = MAX_BYTES_PER_MINUTE = MAX_REPEATS_PER_MINUTE = 10**12
"""The largest limits that can be set. One chain never needs more."""

REFUSAL = MINUTE
"""How long ingest refuses a workspace after the writer has fallen behind, in microseconds."""

LONGEST_REFUSAL = 2 * REFUSAL
"""A `refuse_until` is ignored if it is later than this after the request, in microseconds.

The gateway's clock may be behind the writer's by a minute. A forged value refuses requests for at
most two minutes.
"""

_RETRY_AFTER_BACKLOG = 30
"""Seconds: half a refusal, so that a client notices soon that it has ended."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a workspace may use."""

    requests_per_minute: int = 6_000
    events_per_month: int = 10_000_000
    bytes_per_minute: int = 128 * 1024 * 1024
    repeats_per_minute: int = 1_000


class Charge(NamedTuple):
    """How much one request uses of the limits. It also counts as one request.

    `events` counts events that are new to the workspace. `bytes` is the size of all events that
    will be sent, as JSON. `repeats` counts events that were first sent more than five minutes
    before: the writer has to read the chain to find them.
    """

    events: int
    bytes: int = 0
    repeats: int = 0


class Used(NamedTuple):
    """How much a workspace has used when a request arrives.

    `events` counts the month (in UTC). `requests`, `bytes` and `repeats` count the minute.
    `refuse_until` is the time (microseconds) before which the writer has requests refused.
    """

    events: int = 0
    requests: int = 0
    bytes: int = 0
    repeats: int = 0
    refuse_until: int = 0


class EventsEver(NamedTuple):
    """The events that a workspace was ever charged for, over all months.

    `first_event_at` is the time of the first one in microseconds; None if it is not known.
    """

    events: int
    first_event_at: int | None


def limit_reached(used: Used, charge: Charge, limits: Limits, now: int) -> LimitReached | None:
    """The error for a request received at `now` (microseconds); None if it fits.

    If it exceeds several limits, the one that lasts longest is reported: first the month's events,
    then the minute's requests, bytes and repeats, then the backlog. The limit on events does not
    concern a request without new events, nor the limit on repeats one without repeats.
    """
    if charge.events and used.events + charge.events > limits.events_per_month:
        left = max(0, limits.events_per_month - used.events)
        return QuotaExceeded(
            f"Events left this month: {left} of {limits.events_per_month}. "
            f"New events in the request: {charge.events}. Nothing was queued.",
            resets_at=_next_month(now),
        )
    if excess := _excess_of_minute(used, charge, limits):
        return RateLimited(excess, retry_after=_seconds_to_next_minute(now))
    if now < used.refuse_until <= now + LONGEST_REFUSAL:
        return Backlogged(
            "Too many events of the workspace wait to be chained. Nothing was queued. "
            "Wait for the seconds in Retry-After and send the same request again.",
            retry_after=_RETRY_AFTER_BACKLOG,
        )
    return None


def _excess_of_minute(used: Used, charge: Charge, limits: Limits) -> str | None:
    """The message for the minute's limit that the request exceeds; None if it exceeds none."""
    if used.requests >= limits.requests_per_minute:
        return (
            f"The workspace may send {limits.requests_per_minute} requests a minute. "
            "Send fewer and larger batches, or ask for a higher limit."
        )
    if used.bytes + charge.bytes > limits.bytes_per_minute:
        return (
            f"The workspace may send {limits.bytes_per_minute} bytes of events a minute; the "
            f"request has {charge.bytes}. Nothing was queued. Send less at a time, or ask for a "
            "higher limit."
        )
    if charge.repeats and used.repeats + charge.repeats > limits.repeats_per_minute:
        return (
            f"The workspace may repeat {limits.repeats_per_minute} events a minute that are more "
            f"than five minutes old; the request repeats {charge.repeats}. Nothing was queued. "
            "Repeat fewer at a time, or ask for a higher limit."
        )
    return None


def month_of(now: int) -> str:
    """The month in UTC, `yyyy-mm`, of a time in microseconds. Events are counted by month."""
    return datetime.fromtimestamp(now // SECOND, UTC).strftime("%Y-%m")


def _seconds_to_next_minute(now: int) -> int:
    return 60 - now // SECOND % 60


def _next_month(now: int) -> int:
    """The time in microseconds at which the month after that of `now` begins."""
    moment = datetime.fromtimestamp(now // SECOND, UTC)
    year, month = divmod(moment.year * 12 + moment.month, 12)
    return int(datetime(year, month + 1, 1, tzinfo=UTC).timestamp()) * SECOND
