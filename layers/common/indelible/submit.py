"""Submitting: from a client's events to messages on the queue, and a receipt for each event.

The order that loses nothing: claims are looked up, rate and quota reserved, new keys claimed, and
only then is anything queued. Whoever crashes after the claim is repaired by the repeated request,
which sends a claimed event again, under the id and received_at that the claim holds.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from . import message
from .errors import Unavailable, ValidationFailed
from .event import ValidEvent, validate
from .identifiers import UUID_ENTROPY_BYTES, uuid7
from .message import Accepted
from .ports import Claims, Queue, Usage
from .receipt import FieldError, Receipt, Status
from .workspace import Claim, Limits

MAX_EVENTS = 100

_log = logging.getLogger(__name__)

Checked = ValidEvent | tuple[FieldError, ...]


@dataclass(frozen=True, slots=True)
class Desk:
    """The services a submission goes through, and where its randomness comes from."""

    claims: Claims
    usage: Usage
    queue: Queue
    entropy: Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class Submission:
    """One request: whose it is, when the gateway received it (microseconds), its events."""

    workspace_id: str
    limits: Limits
    received_at: int
    correlation_id: str
    events: Sequence[object]


def submit(desk: Desk, submission: Submission) -> list[Receipt]:
    """Accept what can be accepted; one receipt per event, in order.

    Raises ValidationFailed (every event invalid), RateLimited, QuotaExceeded, or Unavailable
    (nothing was queued; the same request may be sent again).
    """
    checked = [validate(event) for event in submission.events]
    if not any(isinstance(event, ValidEvent) for event in checked):
        receipts = [Receipt(None, Status.INVALID, e) for e in checked if isinstance(e, tuple)]
        raise ValidationFailed("No event of the request is valid.", receipts)
    return _queue_events(desk, submission, checked)


def _queue_events(desk: Desk, submission: Submission, checked: list[Checked]) -> list[Receipt]:
    workspace_id, now = submission.workspace_id, submission.received_at
    keys = {e.idempotency_key for e in checked if isinstance(e, ValidEvent) and e.idempotency_key}
    known = desk.claims.find(workspace_id, sorted(keys)) if keys else {}
    names = _name_events(checked, now, desk.entropy)
    claims = _first_claims(checked, names, known)
    unkeyed = sum(isinstance(e, ValidEvent) and e.idempotency_key is None for e in checked)
    desk.usage.reserve(workspace_id, unkeyed + len(claims), submission.limits, now)
    try:
        lost = desk.claims.take(workspace_id, claims) if claims else {}
    except Unavailable:
        _give_back(desk, submission, unkeyed + len(claims))
        raise
    receipts, accepted = _assemble(checked, names, known | lost)
    sent, failure = _send(desk, submission, list(accepted.values()))
    unsent = list(accepted)[sent:]
    # A claimed event stays charged: when it is repeated, it is sent again and not charged again.
    uncharged = sum(_key_of(checked[index]) is None for index in unsent)
    if len(lost) + uncharged:
        _give_back(desk, submission, len(lost) + uncharged)
    if failure and not sent:
        raise failure
    failed = {accepted[index].id for index in unsent}
    return [_failed(each) if each.id in failed else each for each in receipts]


def _failed(receipt: Receipt) -> Receipt:
    error = FieldError("", "could not be queued; send this event again")
    return Receipt(receipt.id, Status.FAILED, (error,))


def _key_of(event: Checked) -> str | None:
    return event.idempotency_key if isinstance(event, ValidEvent) else None


def _name_events(
    checked: list[Checked], received_at: int, entropy: Callable[[int], bytes]
) -> list[Claim]:
    """An id of the request's time for each event, should it turn out to be new."""
    random = entropy(UUID_ENTROPY_BYTES * len(checked))
    starts = range(0, len(random), UUID_ENTROPY_BYTES)
    return [
        Claim(uuid7(received_at // 1_000, random[start : start + UUID_ENTROPY_BYTES]), received_at)
        for start in starts
    ]


def _first_claims(
    checked: list[Checked], names: list[Claim], known: dict[str, Claim]
) -> dict[str, Claim]:
    """The claim to make for each key that is new; the first event with a key is the one."""
    claims: dict[str, Claim] = {}
    for event, name in zip(checked, names, strict=True):
        key = _key_of(event)
        if key is not None and key not in known:
            claims.setdefault(key, name)
    return claims


def _assemble(
    checked: list[Checked], names: list[Claim], taken: dict[str, Claim]
) -> tuple[list[Receipt], dict[int, Accepted]]:
    """The receipts if all goes well, and by index what has to be sent for them."""
    receipts: list[Receipt] = []
    accepted: dict[int, Accepted] = {}
    first: dict[str, Claim] = {}
    for index, (event, name) in enumerate(zip(checked, names, strict=True)):
        if not isinstance(event, ValidEvent):
            receipts.append(Receipt(None, Status.INVALID, event))
            continue
        key = event.idempotency_key
        if key is not None and key in first:
            receipts.append(Receipt(first[key].event_id, Status.DUPLICATE))
            continue
        claim = name if key is None else taken.get(key, name)
        if key is not None:
            first[key] = claim
        accepted[index] = Accepted(claim.event_id, claim.received_at, event.fields)
        status = Status.QUEUED if claim is name else Status.DUPLICATE
        receipts.append(Receipt(claim.event_id, status))
    return receipts, accepted


def _send(
    desk: Desk, submission: Submission, events: list[Accepted]
) -> tuple[int, Unavailable | None]:
    """How many events, from the front, are on the queue, and what stopped the others."""
    sent = 0
    for body, count in message.encode(submission.workspace_id, submission.correlation_id, events):
        try:
            desk.queue.send(submission.workspace_id, body)
        except Unavailable as failure:
            return sent, failure
        sent += count
    return sent, None


def _give_back(desk: Desk, submission: Submission, events: int) -> None:
    """Uncount events; when that fails, the workspace is charged for more than was queued."""
    try:
        desk.usage.give_back(submission.workspace_id, events, submission.received_at)
    except Unavailable:
        _log.warning("quota not given back", extra={"events": events})
