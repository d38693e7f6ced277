"""The usage item: its attributes, and the update that counts a request in it.

An item holds the `events` of its month, `refuse_until` (microseconds) once the writer has set it,
and counters of the last minutes: `requests_N`, `bytes_N` and `repeats_N`, where N is one of eight
slots that take turns. The value of `requests_N` is minute x 1,000,000 + count. So a count of an
earlier turn can be told apart from this minute's, and one update serves whether or not the minute
has begun. `bytes_N` and `repeats_N` are plain counts: they are started and removed together with
`requests_N`, so its value tells to which minute they belong.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from ..accounts.limits import MOST_REQUESTS_PER_MINUTE, Charge, Limits
from ..errors import Unavailable
from ..times import SECOND
from .table import number, number_of, string

if TYPE_CHECKING:
    from .table import Item, ReadItem

_MINUTE = 60 * SECOND
_SLOTS = 8
_MOST_REQUESTS = MOST_REQUESTS_PER_MINUTE + 1
_KEPT_SECONDS = 400 * 24 * 3600
"""Usage expires after 400 days, so that a year can be compared with the one before."""

REFUSAL = 60 * SECOND
"""For how long the writer has ingest refuse, each time that it sets `refuse_until`."""

LONGEST_REFUSAL = 2 * REFUSAL
"""A `refuse_until` later than this does not refuse. The difference is by how much the gateway's
clock may be behind the writer's; and a forged value refuses for two minutes at most. A value that
is no number does not refuse either."""


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


def requests_before(now: int) -> int:
    """The value of `requests_N` before the first request of the minute in which `now` lies."""
    return now // _MINUTE * _MOST_REQUESTS


def month_of(now: int) -> str:
    """The month in which `now` lies, as `yyyy-mm` in UTC."""
    return datetime.fromtimestamp(now // SECOND, UTC).strftime("%Y-%m")


def counting(charge: Charge, limits: Limits, now: int, outdated: int | None) -> Counting:
    """The update that counts a request at `now`, if that is within the limits.

    `outdated` is the value of an earlier turn that was found in the slot, to be written over.
    """
    parts = _Parts(
        sets=["expires_at = :expires_at"],
        adds=["#events :events"],
        conditions=[
            "(NOT attribute_type(refuse_until, :number_type)"
            " OR refuse_until <= :now OR refuse_until > :latest)"
        ],
        values={
            ":one": number(1),
            ":events": number(charge.events),
            ":bytes": number(charge.bytes),
            ":expires_at": number(now // SECOND + _KEPT_SECONDS),
            ":before_first": number(requests_before(now)),
            ":now": number(now),
            ":latest": number(now + LONGEST_REFUSAL),
            ":number_type": string("N"),
        },
    )
    if charge.events:
        parts.limit("#events", charge.events, limits.events_per_month)
    slot = slot_of(now)
    if outdated is None:
        _count_on(parts, slot, charge, limits, now)
    else:
        _start_over(parts, slot, charge, outdated)
    update = f"SET {', '.join(parts.sets)} ADD {', '.join(parts.adds)} {slot.remove_passed}"
    return Counting(update, " AND ".join(parts.conditions), parts.values)


class _Parts(NamedTuple):
    """An update in the making."""

    sets: list[str]
    adds: list[str]
    conditions: list[str]
    values: Item

    def limit(self, counter: str, added: int, most: int) -> None:
        """A counter, absent while it is 0, must be at most `most` after the update."""
        room = f":room_for_{counter.removeprefix('#')}"
        self.values[room] = number(most - added)
        absent = f"attribute_not_exists({counter}) OR " if added <= most else ""
        self.conditions.append(f"({absent}{counter} <= {room})")


def _count_on(parts: _Parts, slot: _Slot, charge: Charge, limits: Limits, now: int) -> None:
    """Add to the counters of the minute, or begin them where there are none."""
    parts.values[":last"] = number(requests_before(now) + limits.requests_per_minute - 1)
    parts.sets.append(f"{slot.requests} = if_not_exists({slot.requests}, :before_first) + :one")
    parts.conditions.append(
        f"(attribute_not_exists({slot.requests})"
        f" OR {slot.requests} BETWEEN :before_first AND :last)"
    )
    parts.adds.append(f"{slot.bytes} :bytes")
    parts.limit(slot.bytes, charge.bytes, limits.bytes_per_minute)
    if charge.repeats:
        parts.values[":repeats"] = number(charge.repeats)
        parts.adds.append(f"{slot.repeats} :repeats")
        parts.limit(slot.repeats, charge.repeats, limits.repeats_per_minute)


def _start_over(parts: _Parts, slot: _Slot, charge: Charge, outdated: int) -> None:
    """Write over the counters of an earlier minute, unless somebody else has done so.

    That the charge is within the limits of a minute is known by now (`limit_reached`).
    """
    parts.values[":repeats"] = number(charge.repeats)
    parts.values[":outdated"] = number(outdated)
    parts.sets.append(f"{slot.requests} = :before_first + :one")
    parts.sets.append(f"{slot.bytes} = :bytes")
    parts.sets.append(f"{slot.repeats} = :repeats")
    parts.conditions.append(f"{slot.requests} = :outdated")


def outdated_requests(usage: ReadItem, now: int) -> int | None:
    """What an earlier turn left in the slot of `now`, if it did."""
    slot = slot_of(now)
    requests = count_of(usage, slot.requests) if slot.requests in usage else None
    is_outdated = requests is not None and requests < requests_before(now) + 1
    return requests if is_outdated else None


def count_of(usage: ReadItem, counter: str) -> int:
    """A counter's value; it is absent while it is 0.

    Unavailable when it is no integer: it is not known what was used, and 0 would give it away.
    """
    try:
        return number_of(usage, counter) if counter in usage else 0
    except (KeyError, ValueError):
        raise Unavailable(f"{counter} of the workspace's usage is not an integer") from None


def is_refusing(usage: ReadItem, now: int) -> bool:
    """Whether `refuse_until` refuses a request of `now`, as the condition has it."""
    attribute = usage.get("refuse_until")
    if attribute is None or "N" not in attribute:
        return False
    return now < Decimal(attribute["N"]) <= now + LONGEST_REFUSAL
