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
from ..errors import IndelibleError, Unavailable
from ..message import Accepted
from .batch import UnreadLine
from .draft import Checked, failed, key_of, refusal
from .event import ValidEvent, validate
from .plan import Repeatable, count_uncharged, make_plan, try_draft_again
from .ports import Claim, Claims, Key, Queue, Taken, Usage
from .receipt import Receipt

MAX_ERRORS = 2_100
"""Errors of a request until only the first of each event is reported: 21 for each of 100 events.

Lambda answers at most 6 MB, and a path in an error has up to 1,400 bytes once it is escaped twice.
"""

NONE_TAKEN = Taken({}, {})

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

    `key_prefix` identifies the API key that it was sent with. `request` makes all of it repeatable.
    """

    workspace_id: str
    key_prefix: str
    limits: Limits
    received_at: int
    correlation_id: str
    events: Sequence[object]
    request: Repeatable | None = None


def submit(services: IngestServices, submission: Submission) -> list[Receipt]:
    """Accept the events that can be accepted. Returns one receipt per event, in order.

    An event fails if its key cannot be claimed, or if it cannot be queued. The others are sent.
    Nothing was queued when it raises ValidationFailed (no event can be accepted;
    IdempotencyConflict when only the idempotency keys are the reason, RequestConflict because of
    the request's own), LimitReached or Unavailable (the same request may be sent again).
    """
    checked = check_events(submission.events)
    workspace_id, now = submission.workspace_id, submission.received_at
    keys = _keys_of(checked, submission.request)
    known = services.claims.find(workspace_id, keys) if keys else {}
    plan = make_plan(checked, submission.request, known, now, services.entropy)
    receipts, accepted = plan.draft
    if not accepted:
        raise refusal(receipts)
    charge = plan.charge(now)
    services.usage.reserve(workspace_id, submission.key_prefix, charge, submission.limits, now)
    taken = _take(services, submission, plan.claims, charge.events) if plan.claims else NONE_TAKEN
    refused: IndelibleError | None = None
    if taken.lost or taken.failed:
        (receipts, accepted), refused = try_draft_again(plan, taken)
    sent, unsent_because = _send(services, submission, list(accepted.values()))
    unsent = list(accepted)[sent:]
    if uncharged := count_uncharged(plan, taken, unsent):
        _give_back(services, submission, uncharged)
    if refused:
        raise refused
    if not sent and (failure := unsent_because or _failure_of(taken)):
        raise failure
    if not accepted:
        raise refusal(receipts)
    unsent_ids = {accepted[index].id for index in unsent}
    return [failed(each.id) if each.id in unsent_ids else each for each in receipts]


def check_events(events: Sequence[object]) -> list[Checked]:
    """Each event, or its errors: all of them until they are MAX_ERRORS, then only the first."""
    checked: list[Checked] = []
    left = MAX_ERRORS
    for event in events:
        each = (event.error,) if isinstance(event, UnreadLine) else validate(event)
        if not isinstance(each, ValidEvent):
            each = each[: max(1, left)]
            left -= len(each)
        checked.append(each)
    return checked


def _keys_of(checked: Sequence[Checked], request: Repeatable | None) -> list[Key]:
    """The keys of the events, sorted, and that of the request before them."""
    keys = sorted({key for each in checked if (key := key_of(each)) is not None})
    return [*([request.key] if request else []), *keys]


def _take(
    services: IngestServices, submission: Submission, claims: dict[Key, Claim], reserved: int
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
