"""The usage item: the update that counts a request, and the limit that stood against one.

An item holds the `events` of its month, `refuse_until` (microseconds) once the writer has set it,
and counters of the last minutes: `requests_N`, `bytes_N` and `repeats_N`, where N is one of eight
slots that take turns. The value of `requests_N` is minute x 1,000,000 + count. So a count of an
earlier turn can be told apart from this minute's, and one update serves whether or not the minute
has begun. `bytes_N` and `repeats_N` are plain counts: they are started and removed together with
`requests_N`, so its value tells to which minute they belong.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from ..errors import Backlogged, LimitReached, QuotaExceeded, RateLimited
from ..times import MICROSECONDS
from ..workspace import MOST_REQUESTS_PER_MINUTE, Charge, Limits
from .table import number, number_of

if TYPE_CHECKING:
    from .table import Item, ReadItem

_MINUTE = 60 * MICROSECONDS
_SLOTS = 8
_MOST_REQUESTS = MOST_REQUESTS_PER_MINUTE + 1
_KEPT_SECONDS = 400 * 24 * 3600
"""Usage expires after 400 days, so that a year can be compared with the one before."""

REFUSAL = 60 * MICROSECONDS
"""For how long the writer has ingest refuse, each time that it sets `refuse_until`."""

_LONGEST_REFUSAL = 2 * REFUSAL
"""A `refuse_until` later than this does not refuse. The difference is by how much the gateway's
clock may be behind the writer's; and a forged value refuses for two minutes at most."""

_RETRY_AFTER_BACKLOG = 30


class Counting(NamedTuple):
    """The expressions of an update that counts a request, and the values in them."""

    update: str
    condition: str
    values: Item


class _Slot(NamedTuple):
    """The attributes of a minute, and a clause that removes those of minutes that are over."""

    requests: str
    bytes: str
    repeats: str
    remove_passed: str


@cache
def _slot(turn: int) -> _Slot:
    # The neighbours are kept: requests of two minutes overlap.
    passed = [(turn + away) % _SLOTS for away in range(2, _SLOTS - 1)]
    names = ("requests", "bytes", "repeats")
    removed = ", ".join(f"{name}_{each}" for each in passed for name in names)
    return _Slot(f"requests_{turn}", f"bytes_{turn}", f"repeats_{turn}", f"REMOVE {removed}")


def slot_of(now: int) -> _Slot:
    """The slot of the minute in which `now` lies."""
    return _slot(now // _MINUTE % _SLOTS)


def month_of(now: int) -> str:
    """The month in which `now` lies, as `yyyy-mm` in UTC."""
    return datetime.fromtimestamp(now // MICROSECONDS, UTC).strftime("%Y-%m")


def counting(charge: Charge, limits: Limits, now: int, outdated: int | None) -> Counting:
    """The update that counts a request at `now`, if that is within the limits.

    `outdated` is the value of an earlier turn that was found in the slot, to be written over.
    """
    slot, before_first = slot_of(now), now // _MINUTE * _MOST_REQUESTS
    values: Item = {
        ":one": number(1),
        ":events": number(charge.events),
        ":bytes": number(charge.bytes),
        ":expires_at": number(now // MICROSECONDS + _KEPT_SECONDS),
        ":before_first": number(before_first),
        ":now": number(now),
        ":latest": number(now + _LONGEST_REFUSAL),
    }
    conditions = [
        "(attribute_not_exists(refuse_until) OR refuse_until <= :now OR refuse_until > :latest)"
    ]
    sets, adds = ["expires_at = :expires_at"], ["#events :events"]
    if charge.events:
        conditions.append(_room("#events", charge.events, limits.events_per_month, values))
    if charge.repeats or outdated is not None:
        values[":repeats"] = number(charge.repeats)
    if outdated is None:
        sets.append(f"{slot.requests} = if_not_exists({slot.requests}, :before_first) + :one")
        adds.append(f"{slot.bytes} :bytes")
        values[":last"] = number(before_first + limits.requests_per_minute - 1)
        conditions += [
            f"(attribute_not_exists({slot.requests})"
            f" OR {slot.requests} BETWEEN :before_first AND :last)",
            _room(slot.bytes, charge.bytes, limits.bytes_per_minute, values),
        ]
        if charge.repeats:
            adds.append(f"{slot.repeats} :repeats")
            limit = limits.repeats_per_minute
            conditions.append(_room(slot.repeats, charge.repeats, limit, values))
    else:
        sets += [
            f"{slot.requests} = :before_first + :one",
            f"{slot.bytes} = :bytes",
            f"{slot.repeats} = :repeats",
        ]
        values[":outdated"] = number(outdated)
        conditions.append(f"{slot.requests} = :outdated")
    update = f"SET {', '.join(sets)} ADD {', '.join(adds)} {slot.remove_passed}"
    return Counting(update, " AND ".join(conditions), values)


def _room(counter: str, added: int, most: int, values: Item) -> str:
    """The condition that a counter, absent while it is 0, is at most `most` after the update."""
    placeholder = f":room_for_{counter.removeprefix('#')}"
    values[placeholder] = number(most - added)
    absent = f"attribute_not_exists({counter}) OR " if added <= most else ""
    return f"({absent}{counter} <= {placeholder})"


def limit_reached(usage: ReadItem, charge: Charge, limits: Limits, now: int) -> LimitReached | None:
    """The limit that stands against a charge; None when none does, so that it was a race.

    When several do: the events of the month, then of the minute the requests, bytes and repeats,
    then the backlog.
    """
    used = _count(usage, "events")
    if charge.events and used + charge.events > limits.events_per_month:
        left = max(0, limits.events_per_month - used)
        return QuotaExceeded(
            f"The workspace has {left} events left of {limits.events_per_month} this month; "
            f"the request has {charge.events} new ones. Nothing was queued.",
            retry_after=_seconds_to_next_month(now),
        )
    if excess := _excess_of_minute(usage, charge, limits, now):
        return RateLimited(excess, retry_after=_seconds_to_next_minute(now))
    if now < _count(usage, "refuse_until") <= now + _LONGEST_REFUSAL:
        return Backlogged(
            "Too many events of the workspace wait to be chained. Nothing was queued. "
            "Wait for the seconds in Retry-After and send the same request again.",
            retry_after=_RETRY_AFTER_BACKLOG,
        )
    return None


def _excess_of_minute(usage: ReadItem, charge: Charge, limits: Limits, now: int) -> str | None:
    """What the request has too much of for this minute, in words for its client."""
    slot, before_first = slot_of(now), now // _MINUTE * _MOST_REQUESTS
    requests = _count(usage, slot.requests) if slot.requests in usage else before_first
    if requests >= before_first + limits.requests_per_minute:
        return (
            f"The workspace may send {limits.requests_per_minute} requests a minute. "
            "Send fewer and larger batches, or ask for a higher limit."
        )
    is_of_this_minute = requests >= before_first
    size = charge.bytes + (_count(usage, slot.bytes) if is_of_this_minute else 0)
    if size > limits.bytes_per_minute:
        return (
            f"The workspace may send {limits.bytes_per_minute} bytes of events a minute; the "
            f"request has {charge.bytes}. Nothing was queued. Send less at a time, or ask for a "
            "higher limit."
        )
    repeats = charge.repeats + (_count(usage, slot.repeats) if is_of_this_minute else 0)
    if charge.repeats and repeats > limits.repeats_per_minute:
        return (
            f"The workspace may repeat {limits.repeats_per_minute} events a minute that are more "
            f"than five minutes old; the request repeats {charge.repeats}. Nothing was queued. "
            "Repeat fewer at a time, or ask for a higher limit."
        )
    return None


def outdated_requests(usage: ReadItem, now: int) -> int | None:
    """What an earlier turn left in the slot of `now`, if it did."""
    slot = slot_of(now)
    requests = number_of(usage, slot.requests) if slot.requests in usage else None
    is_outdated = requests is not None and requests < now // _MINUTE * _MOST_REQUESTS + 1
    return requests if is_outdated else None


def _count(usage: ReadItem, counter: str) -> int:
    return number_of(usage, counter) if counter in usage else 0


def _seconds_to_next_minute(now: int) -> int:
    return 60 - now // MICROSECONDS % 60


def _seconds_to_next_month(now: int) -> int:
    moment = datetime.fromtimestamp(now // MICROSECONDS, UTC)
    year, month = divmod(moment.year * 12 + moment.month, 12)
    following = datetime(year, month + 1, 1, tzinfo=UTC)
    return int((following - moment).total_seconds())
