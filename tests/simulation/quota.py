"""Quota: whether every request was charged for what it queued, and no more."""

from __future__ import annotations

from collections.abc import Iterator

from .callers import Attempt
from .promises import Promise, Violation
from .story import Story
from .weather import UNANSWERED

_RESERVE = "DynamoDBUsage._count: update_item"
_GIVE_BACK = "DynamoDBUsage.give_back: update_item"


def check_quota(story: Story) -> Iterator[Violation]:
    """A request that was not stopped, and whose counting met no fault, is charged exactly.

    Otherwise it may be charged for too many events: for as many as it reserved, each time that it
    could not know of.
    """
    for attempt in story.callers.attempts:
        charged = sum(attempt.invocation.charges)
        lowest, highest = _bounds(attempt)
        if not lowest <= charged <= highest:
            what = f"{attempt.invocation.name}: {charged} events, not {lowest} to {highest}"
            yield Violation(Promise.QUOTA, what)


def _bounds(attempt: Attempt) -> tuple[int, int]:
    """The fewest and the most events that the request may have been charged for."""
    invocation = attempt.invocation
    queued = len(attempt.answered("queued"))
    owed = queued + len(_kept_claims(attempt))
    met = [site for site, _ in invocation.met]
    reserved = max([*invocation.charges, 0])
    unknown = [site for site, fault in invocation.met if fault in UNANSWERED]
    if invocation.crashed or _RESERVE in met or _GIVE_BACK in met:
        given_back_twice = unknown.count(_GIVE_BACK) * reserved
        return queued - given_back_twice, reserved * (1 + unknown.count(_RESERVE))
    if attempt.status == 202:
        return owed, owed
    # Unavailable: what is claimed stays charged, unless who has the claims was not settled.
    return 0, len(invocation.claimed)


def _kept_claims(attempt: Attempt) -> list[str]:
    """The events that this request claimed and could not queue; they stay charged."""
    failed = {event_id for _, event_id in attempt.answered("failed")}
    return [each for each in failed if each in attempt.invocation.claimed]
