"""Drafts: the receipts of a request if nothing fails, and the events to send for it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import NamedTuple

from msgspec import Raw

from ..accounts.limits import Charge
from ..identifiers import UUID_ENTROPY_BYTES, uuid7
from ..message import Accepted
from ..times import SECOND
from .content import differ
from .event import ValidEvent
from .ports import Claim, Key
from .receipt import EventsRefused, FieldError, IdempotencyConflict, Receipt, Status

RECENT = 5 * 60 * SECOND
"""Microseconds. The writer usually remembers an event that was received within this time."""

Checked = ValidEvent | tuple[FieldError, ...]


class Draft(NamedTuple):
    """The receipts, one per event, and the events to send, by their index in the request."""

    receipts: list[Receipt]
    accepted: dict[int, Accepted]


def key_of(event: Checked) -> str | None:
    """The event's idempotency key, if it is valid and has one."""
    return event.idempotency_key if isinstance(event, ValidEvent) else None


def name_events(
    checked: Sequence[Checked], received_at: int, entropy: Callable[[int], bytes]
) -> list[Claim]:
    """The claim for each event: a new id, received_at (microseconds) and the content's digest."""
    random = entropy(UUID_ENTROPY_BYTES * len(checked))
    starts = range(0, len(random), UUID_ENTROPY_BYTES)
    return [
        Claim(
            uuid7(received_at // 1_000, random[start : start + UUID_ENTROPY_BYTES]),
            received_at,
            event.content_sha256 if isinstance(event, ValidEvent) else None,
        )
        for event, start in zip(checked, starts, strict=True)
    ]


def first_claims(
    checked: Sequence[Checked], names: Sequence[Claim], known: Mapping[Key, Claim]
) -> dict[Key, Claim]:
    """The claim to make for each new key: the claim of the first event with the key."""
    claims: dict[Key, Claim] = {}
    for event, name in zip(checked, names, strict=True):
        key = key_of(event)
        if key is not None and key not in known:
            claims.setdefault(key, name)
    return claims


def draft(
    checked: Sequence[Checked],
    names: Sequence[Claim],
    taken: Mapping[Key, Claim],
    unclaimed: Collection[Key] = (),
) -> Draft:
    """The draft for a request when the keys in `taken` are taken and all others are free.

    An event is `queued` under its own name also when that name has its key already: the request
    has claimed it, now or when it was sent before.

    An event is sent under a claim only if its content does not provably differ from the claim's.
    Events with a key in `unclaimed` fail. They have no id, because nobody knows which event will
    use the key.
    """
    receipts: list[Receipt] = []
    accepted: dict[int, Accepted] = {}
    first: dict[str, Claim] = {}
    for index, (event, name) in enumerate(zip(checked, names, strict=True)):
        if not isinstance(event, ValidEvent):
            receipts.append(Receipt(None, Status.INVALID, event))
            continue
        key = event.idempotency_key
        if key in unclaimed:
            receipts.append(failed(None))
            continue
        claim = name if key is None else first.get(key) or taken.get(key, name)
        if differ(claim.content_sha256, event.content_sha256):
            receipts.append(_conflict(claim.id))
        elif key is not None and key in first:
            receipts.append(Receipt(claim.id, Status.DUPLICATE))
        else:
            if key is not None:
                # Later events of the request are compared with this one, not with the claim.
                first[key] = Claim(*claim[:2], event.content_sha256)
            accepted[index] = Accepted(claim.id, claim.received_at, Raw(event.fields))
            status = Status.QUEUED if claim.id == name.id else Status.DUPLICATE
            receipts.append(Receipt(claim.id, status))
    return Draft(receipts, accepted)


def charge_of(new_events: int, accepted: Collection[Accepted], now: int) -> Charge:
    """How much a request received at `now` (microseconds) uses of the limits if nothing fails."""
    return Charge(
        events=new_events,
        bytes=sum(len(memoryview(event.fields)) for event in accepted),
        repeats=sum(event.received_at < now - RECENT for event in accepted),
    )


def failed(event_id: str | None) -> Receipt:
    """The receipt of a valid event that is not sent because a service failed."""
    error = FieldError("", "could not be queued; send this event again")
    return Receipt(event_id, Status.FAILED, (error,))


def _conflict(event_id: str) -> Receipt:
    error = FieldError("idempotency_key", f"is already used by another event: {event_id}")
    return Receipt(None, Status.INVALID, (error,), conflicts_with=event_id)


def refusal(receipts: list[Receipt]) -> EventsRefused:
    """The error for a request of which no event can be accepted."""
    if any(receipt.conflicts_with is None for receipt in receipts):
        return EventsRefused("No event of the request is valid.", receipts)
    if len(receipts) == 1:
        stands_for = receipts[0].conflicts_with
        problem = f"The idempotency key is already used by another event: {stands_for}."
    else:
        problem = "Every idempotency key of the request is already used by another event."
    return IdempotencyConflict(f"{problem} Give each new event a key of its own.", receipts)
