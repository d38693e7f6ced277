"""The update that counts one request in the usage item, if it is within the limits."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ..accounts.limits import LONGEST_REFUSAL, MINUTE, Charge, Limits
from .table import number, string
from .usage_item import Slot, requests_before, slot_of

if TYPE_CHECKING:
    from .table import Item


class Counting(NamedTuple):
    """The expressions of an update that counts a request, and the names and values in them."""

    update: str
    condition: str
    names: dict[str, str]
    values: Item


def counting(
    key_prefix: str, charge: Charge, limits: Limits, now: int, outdated: int | None
) -> Counting:
    """The update that counts a request at `now` (microseconds), sent with the key of this prefix.

    Its condition is the rule of `accounts.limits.limit_reached`, as DynamoDB evaluates it.
    `outdated` is the value of an earlier turn in the slot, which the update replaces.
    """
    parts = _Parts(
        sets=["#key = :minute"],
        adds=["#events :events"],
        conditions=[
            "(NOT attribute_type(refuse_until, :number_type)"
            " OR refuse_until <= :now OR refuse_until > :latest)"
        ],
        values={
            ":one": number(1),
            ":events": number(charge.events),
            ":bytes": number(charge.bytes),
            ":before_first": number(requests_before(now)),
            ":minute": number(now // MINUTE),
            ":now": number(now),
            ":latest": number(now + LONGEST_REFUSAL),
            ":number_type": string("N"),
        },
    )
    if charge.events:
        parts.sets.append("first_event_at = if_not_exists(first_event_at, :now)")
        parts.limit("#events", charge.events, limits.events_per_month)
    slot = slot_of(now)
    if outdated is None:
        _count_on(parts, slot, charge, limits, now)
    else:
        _start_over(parts, slot, charge, outdated)
    update = f"SET {', '.join(parts.sets)} ADD {', '.join(parts.adds)} {slot.remove_passed}"
    names = {"#events": "events", "#key": key_prefix}
    return Counting(update, " AND ".join(parts.conditions), names, parts.values)


class _Parts(NamedTuple):
    """The parts of an update that are still being collected."""

    sets: list[str]
    adds: list[str]
    conditions: list[str]
    values: Item

    def limit(self, counter: str, added: int, most: int) -> None:
        """Require that a counter, absent while it is 0, is at most `most` after the update."""
        room = f":room_for_{counter.removeprefix('#')}"
        self.values[room] = number(most - added)
        absent = f"attribute_not_exists({counter}) OR " if added <= most else ""
        self.conditions.append(f"({absent}{counter} <= {room})")


def _count_on(parts: _Parts, slot: Slot, charge: Charge, limits: Limits, now: int) -> None:
    """Add to the counters of the minute, or begin them if there are none."""
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


def _start_over(parts: _Parts, slot: Slot, charge: Charge, outdated: int) -> None:
    """Replace the counters of an earlier minute, unless another request has replaced them.

    The charge was found to be within the limits of a minute before (`limit_reached`).
    """
    parts.values[":repeats"] = number(charge.repeats)
    parts.values[":outdated"] = number(outdated)
    parts.sets.append(f"{slot.requests} = :before_first + :one")
    parts.sets.append(f"{slot.bytes} = :bytes")
    parts.sets.append(f"{slot.repeats} = :repeats")
    parts.conditions.append(f"{slot.requests} = :outdated")
