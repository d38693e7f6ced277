"""The usage item: its attributes, and the usage that they count.

An item holds the `events` of its month, the time of the first one, `first_event_at`, and once the
writer has set it, `refuse_until`. Both times are in microseconds.

It also holds counters of the last minutes: `requests_N`, `bytes_N` and `repeats_N`, where N is the
number of a slot. Eight slots take turns. The value of `requests_N` is minute x 1,000,000 + count.
It shows the minute of the count, so the same update works whether or not the minute has begun.
`bytes_N` and `repeats_N` are plain counts. They are started and removed together with `requests_N`,
so they belong to the same minute.

For each API key that was used in the month, there is an attribute with its prefix as the name
(`imk_…`). Its value is the minute of the key's last counted request, in minutes since 1970.
"""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from math import ceil
from typing import TYPE_CHECKING, NamedTuple

from ..accounts.limits import MAX_REQUESTS_PER_MINUTE, MINUTE, Charge, Used
from ..errors import Unavailable
from ..times import LATEST
from .table import damaged_unless_readable, number_of

if TYPE_CHECKING:
    from .table import ReadItem

_SLOTS = 8
"""Number of slots: more than the minutes in use at one time, so that removing old slots never
touches a new one."""

_MAX_REQUESTS = MAX_REQUESTS_PER_MINUTE + 1


class Slot(NamedTuple):
    """The attributes of one minute, and the clause that removes the attributes of past minutes."""

    requests: str
    bytes: str
    repeats: str
    remove_passed: str


@cache
def _slot(turn: int) -> Slot:
    # The neighbours are kept, because requests of two minutes overlap.
    passed = [(turn + away) % _SLOTS for away in range(2, _SLOTS - 1)]
    names = ("requests", "bytes", "repeats")
    removed = ", ".join(f"{name}_{each}" for each in passed for name in names)
    return Slot(f"requests_{turn}", f"bytes_{turn}", f"repeats_{turn}", f"REMOVE {removed}")


def slot_of(now: int) -> Slot:
    """The slot of the minute that contains `now` (microseconds)."""
    return _slot(now // MINUTE % _SLOTS)


def requests_before(now: int) -> int:
    """The value of `requests_N` before the first request of the minute of `now` (microseconds)."""
    return now // MINUTE * _MAX_REQUESTS


def used_at(item: ReadItem, charge: Charge, now: int) -> Used:
    """The usage that matters for a charge at `now` (microseconds).

    The other counters are 0, because damage in them would hide why a request is refused.
    Unavailable when a counter that the charge adds to is not an integer.
    """
    slot, before_first = slot_of(now), requests_before(now)
    requests = count_of(item, slot.requests) if slot.requests in item else before_first
    is_of_this_minute = requests >= before_first
    return Used(
        events=count_of(item, "events") if charge.events else 0,
        requests=max(0, requests - before_first),
        bytes=count_of(item, slot.bytes) if is_of_this_minute else 0,
        repeats=count_of(item, slot.repeats) if is_of_this_minute and charge.repeats else 0,
        refuse_until=_refuse_until(item),
    )


def _refuse_until(item: ReadItem) -> int:
    """The time before which requests are refused, in microseconds; 0 if it is not a number.

    A forged fraction is rounded up, which changes no comparison with a whole number.
    """
    attribute = item.get("refuse_until", {})
    return ceil(Decimal(attribute["N"])) if "N" in attribute else 0


def outdated_requests(item: ReadItem, now: int) -> int | None:
    """The value of `requests_N` that an earlier turn left in the slot of `now` (microseconds).

    None when there is no such value.
    """
    slot = slot_of(now)
    requests = count_of(item, slot.requests) if slot.requests in item else None
    is_outdated = requests is not None and requests < requests_before(now) + 1
    return requests if is_outdated else None


def first_event_of(item: ReadItem) -> int | None:
    """The time (microseconds) of the month's first event; None if the item is from before it.

    DamagedItem when it is not a time.
    """
    if "first_event_at" not in item:
        return None
    with damaged_unless_readable("time of the month's first event"):
        return _time(number_of(item, "first_event_at"))


def last_use_of(item: ReadItem, key_prefix: str) -> int:
    """The minute of the key's last counted request in the month, in microseconds.

    DamagedItem when it is not a time.
    """
    with damaged_unless_readable("last use of an API key"):
        return _time(number_of(item, key_prefix) * MINUTE)


def _time(microseconds: int) -> int:
    if not 0 <= microseconds <= LATEST:
        raise ValueError("not a time")
    return microseconds


def count_of(item: ReadItem, counter: str) -> int:
    """A counter's value; the attribute is absent while it is 0.

    Unavailable when it is not an integer. The usage is unknown then, so no request is admitted.
    """
    try:
        return number_of(item, counter) if counter in item else 0
    except (KeyError, ValueError):
        raise Unavailable(f"{counter} of the workspace's usage is not an integer") from None
