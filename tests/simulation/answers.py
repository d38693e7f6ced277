"""Answers: whether every response says what the queue said about its events."""

from __future__ import annotations

from collections.abc import Iterator

from indelible.errors import Unreadable
from indelible.message import decode

from .callers import Attempt
from .promises import Promise, Violation
from .story import Story

_ACCEPTED, _REFUSED, _UNAVAILABLE = 202, 422, 503
_WITHOUT_FAULTS = {_ACCEPTED, _REFUSED, 429}


def check_answers(story: Story) -> Iterator[Violation]:
    """No event is answered as queued, or as not queued, because of another request.

    The queue may have accepted a message without acknowledging it; that counts as `failed` too.
    """
    for attempt in story.callers.attempts:
        for what in _falsehoods(attempt):
            yield Violation(Promise.HEARD, f"{attempt.invocation.name}: {what}")


def _falsehoods(attempt: Attempt) -> Iterator[str]:
    invocation = attempt.invocation
    taken = set[str]()
    for body in invocation.sent:
        try:
            taken |= {event.id for event in decode(body).events}
        except Unreadable as reason:
            yield f"sent what no writer reads: {reason}"
    queued = {event_id for _, event_id in attempt.answered("queued", "duplicate")}
    failed = {event_id for _, event_id in attempt.answered("failed")}
    if queued - taken:
        yield f"{queued - taken} answered as queued, and not sent"
    if failed & taken:
        yield f"{failed & taken} answered as failed, and sent"
    if attempt.status == _ACCEPTED and not queued:
        yield "accepted, and nothing was queued"
    if attempt.status in (_REFUSED, _UNAVAILABLE) and taken:
        yield f"{attempt.status}, and {taken} was sent"
    yield from _wrong_codes(attempt)
    if attempt.received_at and not invocation.met:
        if attempt.status not in _WITHOUT_FAULTS:
            yield f"{attempt.status} without a fault"
        if failed:
            yield f"{failed} failed without a fault"


def _wrong_codes(attempt: Attempt) -> Iterator[str]:
    """A valid event is refused only because of its key."""
    has_invalid = any(not event.is_valid for event in attempt.request.events)
    code = "validation_failed" if has_invalid else "idempotency_conflict"
    if attempt.status == _REFUSED and not attempt.is_conflict and attempt.error != code:
        yield f"refused as {attempt.error}, not as {code}"
