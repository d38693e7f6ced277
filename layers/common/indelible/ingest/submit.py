"""Submitting: queues a client's events, and returns a receipt for each event.

The order loses nothing. First claims are looked up. Then rate and quota are reserved, new keys are
claimed, and last the events are queued, except those whose claim failed. If ingest crashes after
the claim, the client sends the request again. Then the claimed event is queued with the id and
received_at of the claim.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .. import message
from ..accounts.limits import Limits
from ..errors import IndelibleError, Unavailable, ValidationFailed
from ..json_names import RepeatedNames
from ..message import Accepted
from .draft import charge_of, draft, failed, first_claims, key_of, name_events, refusal
from .event import ValidEvent, validate
from .ports import Claim, Claims, Queue, Taken, Usage
from .receipt import Receipt

MAX_EVENTS = 100
"""Maximum events of a request: DynamoDB reads at most 100 claims in one call."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class IngestServices:
    """The services that ingest needs. `entropy(n)` returns n random bytes.

    `message_bytes` is the maximum size of a message. Tests pass smaller ones.
    """

    claims: Claims
    usage: Usage
    queue: Queue
    entropy: Callable[[int], bytes]
    message_bytes: int = message.MAX_MESSAGE_BYTES


@dataclass(frozen=True, slots=True)
class Submission:
    """One request. `received_at` is when the gateway received it, in microseconds.

    `key_prefix` identifies the API key that it was sent with.
    """

    workspace_id: str
    key_prefix: str
    limits: Limits
    received_at: int
    correlation_id: str
    events: Sequence[object]


def submit(services: IngestServices, submission: Submission) -> list[Receipt]:
    """Accept the events that can be accepted. Returns one receipt per event, in order.

    An event fails if its key cannot be claimed, or if it cannot be queued. The others are sent.
    Nothing was queued when it raises ValidationFailed (no event can be accepted;
    IdempotencyConflict when only the idempotency keys are the reason), LimitReached or Unavailable
    (the same request may be sent again).
    """
    checked = [validate(event) for event in submission.events]
    workspace_id, now = submission.workspace_id, submission.received_at
    keys = {e.idempotency_key for e in checked if isinstance(e, ValidEvent) and e.idempotency_key}
    known = services.claims.find(workspace_id, sorted(keys)) if keys else {}
    names = name_events(checked, now, services.entropy)
    receipts, accepted = draft(checked, names, known)
    if not accepted:
        raise refusal(receipts)
    claims = first_claims(checked, names, known)
    charge = charge_of(receipts, accepted.values(), now)
    services.usage.reserve(workspace_id, submission.key_prefix, charge, submission.limits, now)
    taken = _take(services, submission, claims, charge.events) if claims else Taken({}, {})
    if taken.lost or taken.failed:
        receipts, accepted = draft(checked, names, {**known, **taken.lost}, taken.failed)
    sent, unsent_because = _send(services, submission, list(accepted.values()))
    unsent = list(accepted)[sent:]
    # A claimed event stays charged: when it is repeated, it is sent again and not charged again.
    # So does one that may be claimed.
    uncharged = len(taken.lost) + sum(not each.may_be_claimed for each in taken.failed.values())
    uncharged += sum(key_of(checked[index]) is None for index in unsent)
    if uncharged:
        _give_back(services, submission, uncharged)
    if not sent and (failure := unsent_because or _failure_of(taken)):
        raise failure
    if not accepted:
        raise refusal(receipts)
    unsent_ids = {accepted[index].id for index in unsent}
    return [failed(each.id) if each.id in unsent_ids else each for each in receipts]


def _take(
    services: IngestServices, submission: Submission, claims: dict[str, Claim], reserved: int
) -> Taken:
    """Claim the keys. If a claim in the way is damaged, gives back all reserved events."""
    try:
        taken = services.claims.take(submission.workspace_id, claims)
    except IndelibleError:
        _give_back(services, submission, reserved)
        raise
    if taken.failed:
        reasons = sorted({each.reason for each in taken.failed.values()})
        _log.warning("keys not claimed", extra={"keys": len(taken.failed), "reasons": reasons})
    return taken


def _failure_of(taken: Taken) -> Unavailable | None:
    """The error for a request of which nothing was sent, if a key could not be claimed."""
    reason = next((each.reason for each in taken.failed.values()), None)
    return None if reason is None else Unavailable(reason)


def _send(
    services: IngestServices, submission: Submission, events: list[Accepted]
) -> tuple[int, Unavailable | None]:
    """Queue events in order. Returns the number that was queued and the error that stopped it."""
    sent = 0
    if not events:
        return sent, None
    workspace_id, correlation_id = submission.workspace_id, submission.correlation_id
    messages = message.encode(workspace_id, correlation_id, events, services.message_bytes)
    for body, count in messages:
        try:
            services.queue.send(workspace_id, body)
        except Unavailable as failure:
            return sent, failure
        sent += count
    return sent, None


def _give_back(services: IngestServices, submission: Submission, events: int) -> None:
    """Subtract events from the usage. If that fails, the workspace is charged for too many."""
    try:
        services.usage.give_back(submission.workspace_id, events, submission.received_at)
    except Unavailable:
        _log.warning("quota could not be given back", extra={"events": events})


def batch_of(value: object) -> list[object]:
    """The events in the body of a batch. ValidationFailed unless there are 1 to 100."""
    if not isinstance(value, dict):
        raise ValidationFailed("The body must be a JSON object with an array `events`.")
    if isinstance(value, RepeatedNames) and "events" in value.names:
        raise ValidationFailed("`events` is given twice. Send one array of events.")
    unknown = sorted(value.keys() - {"events"})
    if unknown:
        raise ValidationFailed(
            "The body must have `events` and no other field. Send a single event to /v1/events."
        )
    events = value.get("events")
    if not isinstance(events, list):
        raise ValidationFailed("`events` must be an array of 1 to 100 events.")
    if not 1 <= len(events) <= MAX_EVENTS:
        raise ValidationFailed(f"`events` must hold 1 to {MAX_EVENTS} events, not {len(events)}.")
    return events
