"""Quota: whether every request was charged for what it queued, and no more."""

from __future__ import annotations

from collections.abc import Iterator

from .callers import Attempt
from .promises import Promise, Violation
from .story import Story
from .weather import UNANSWERED, Fault

_RESERVE = "DynamoDBUsage._count: update_item"
_GIVE_BACK = "DynamoDBUsage.give_back: update_item"
_FIND = "_get_batch: batch_get_item"
_TAKE = "DynamoDBClaims._insert_in_one_call: batch_execute_statement"


def check_quota(story: Story) -> Iterator[Violation]:
    """A request that was not stopped, and whose reservation was answered, is charged exactly.

    Any other may be charged for too many events: for as many as it reserved, once for each
    reservation whose reply was lost.
    """
    for attempt in story.callers.attempts:
        charges, name = attempt.invocation.charges, attempt.invocation.name
        charged = sum(events for _, events in charges)
        lowest, highest = _bounds(attempt)
        if not lowest <= charged <= highest:
            what = f"{name}: {charged} events, not {lowest} to {highest}"
            yield Violation(Promise.QUOTA, what)
        if len({key for key, _ in charges}) > 1:
            yield Violation(Promise.QUOTA, f"{name}: charged in one month, given back in another")


def _bounds(attempt: Attempt) -> tuple[int, int]:
    """The fewest and the most events that the request may have been charged for."""
    invocation = attempt.invocation
    queued = [event for event, _ in attempt.answered("queued")]
    met = [site for site, _ in invocation.met]
    unknown = [site for site, fault in invocation.met if fault in UNANSWERED]
    reserved = max([*(events for _, events in invocation.charges), 0])
    # A claim stays charged, whether it was queued, and whether its owner knows of it.
    owed = sum(event.key is None for event in queued) + len(invocation.claimed)
    if attempt.request.key:
        owed = min(_owed_under_key(attempt), reserved)
    if invocation.crashed or _RESERVE in unknown or _GIVE_BACK in met:
        lowest = owed if attempt.request.key else len(queued)
        given_back_twice = unknown.count(_GIVE_BACK) * reserved
        return lowest - given_back_twice, reserved * (1 + unknown.count(_RESERVE))
    faults = {fault for site, fault in invocation.met if site == _TAKE}
    # A request owes also the events whose own key failed, or whose holder could not be read.
    if faults & _UNHEARD or (invocation.claimed_request and {_TAKE, _FIND} & {*met}):
        return owed, reserved
    return owed, owed


def _owed_under_key(attempt: Attempt) -> int:
    """What a request with a key of its own owes, if it was not charged before.

    The claim of its key includes all of its events that are not claimed by another request. They
    may have been claimed by a repeat.
    """
    invocation = attempt.invocation
    if not invocation.claimed_request:
        return len(invocation.claimed)
    keyless = sum(each.key is None and each.is_valid for each in attempt.request.events)
    queued = {event_id for event, event_id in attempt.answered("queued") if event.key}
    return keyless + len(invocation.claimed | queued)


_UNHEARD = {*UNANSWERED, Fault.REQUEST_LOST, Fault.SERVER_ERROR, Fault.PARTLY_FAILED}
"""After these a claim may exist for all that ingest knows, so that it stays charged."""
