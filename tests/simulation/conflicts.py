"""Conflicts: whether each event refused for its key has different content than its claim."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any

from indelible.chain.fields import EVENT_FIELDS
from indelible.errors import Unreadable
from indelible.message import decode

from .callers import Attempt, Request, Submitted
from .promises import Promise, Violation
from .story import Story

_REASON = "is already used by another event: "


def content_of(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The content of an event, from its fields or its record: all but its time."""
    return {n: v for n, v in fields.items() if n in EVENT_FIELDS and n != "occurred_at"}


def check_conflicts(story: Story) -> Iterator[Violation]:
    """A valid event is refused for its key only if the key stands for different content.

    The refused request sends nothing for it.
    """
    claimants = {
        event_id: attempt
        for attempt in story.callers.attempts
        for event_id in attempt.invocation.claimed
    }
    for attempt in story.callers.attempts:
        request = attempt.request
        if attempt.is_conflict and _claimed_body(story, request) == _digest(request):
            what = f"{attempt.invocation.name}: {request.key} stands for this very request"
            yield Violation(Promise.REFUSED, what)
        for event, receipt in zip(attempt.request.events, attempt.receipts or [], strict=False):
            if receipt["status"] == "invalid" and event.is_valid:
                for what in _faults_of_refusal(story, attempt, event, receipt, claimants):
                    yield Violation(Promise.REFUSED, f"{attempt.invocation.name}: {what}")


def _faults_of_refusal(
    story: Story,
    attempt: Attempt,
    event: Submitted,
    receipt: Mapping[str, Any],
    claimants: Mapping[str, Attempt],
) -> Iterator[str]:
    [error] = receipt["errors"]
    if event.key is None or error["field"] != "idempotency_key":
        yield f"{event.marker} is refused for {error}"
        return
    stands_for = error["message"].removeprefix(_REASON)
    if stands_for != _claimed_id(story, attempt.request.caller.workspace_id, event.key):
        yield f"{event.key} does not stand for {stands_for}"
        return
    claimant = next(
        each
        for each in claimants[stands_for].request.events
        if each.key == event.key and each.is_valid
    )
    if content_of(claimant.fields) == content_of(event.fields):
        yield f"{event.marker} is refused, and {stands_for} has its content"
    if content_of(event.fields) in _contents_sent(attempt):
        yield f"{event.marker} is refused, and sent"


def _claimed_id(story: Story, workspace_id: str, key: str) -> str | None:
    """The id in the claim on this key, as it is stored."""
    partition = f"CLAIM#{workspace_id}#{sha256(key.encode()).hexdigest()}"
    claim = story.world.dynamodb.partitions.get(partition, {}).get("CLAIM")
    return claim["event_id"]["S"] if claim else None


def _claimed_body(story: Story, request: Request) -> bytes:
    """The digest of the body in the claim on the key of a request, as it is stored."""
    key = sha256((request.key or "").encode()).hexdigest()
    partition = f"CLAIM#{request.caller.workspace_id}#REQUEST#{key}"
    digest: bytes = story.world.dynamodb.partitions[partition]["CLAIM"]["body_sha256"]["B"]
    return digest


def _digest(request: Request) -> bytes:
    return b"\x01" + sha256(request.body.encode()).digest()


def _contents_sent(attempt: Attempt) -> list[dict[str, Any]]:
    sent = list[dict[str, Any]]()
    for body in attempt.invocation.sent:
        try:
            sent += [content_of(event.fields) for event in decode(body).events]
        except Unreadable:
            continue  # which check_answers reports
    return sent
