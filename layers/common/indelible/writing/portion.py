"""Portions: the messages of a delivery, parsed a few megabytes at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from .. import message
from ..errors import FromNewerVersion, IndelibleError, Unreadable
from ..message import Message
from .dead_letter import judge_content
from .ports import DeadLetters


class Delivered(NamedTuple):
    """A message as the queue delivers it. `sent_at` (microseconds) is when SQS received it."""

    id: str
    body: str
    sent_at: int


class Portion(NamedTuple):
    """The first messages of a delivery, up to a size of JSON, sorted by what is done with them.

    `readable` has the messages that can be chained, each with its id. The messages of `quarantined`
    were set aside. `failed` has the message that could not be set aside, or that only a newer
    version may be able to read, if there is one; `error` says why, and the portion ends there.
    `later` has the messages after the portion.
    """

    readable: Sequence[tuple[str, Message]]
    quarantined: list[str]
    failed: list[str]
    error: IndelibleError | None
    later: Sequence[Delivered]


def read_portion(
    dead_letters: DeadLetters, workspace_id: str, delivered: Sequence[Delivered], max_bytes: int
) -> Portion:
    """Parse the first messages, until they have `max_bytes` of JSON or more.

    Messages that can never be chained are set aside. One that a newer version may be able to read
    is not: it fails, so that it is delivered again, perhaps to that version.
    """
    readable: list[tuple[str, Message]] = []
    quarantined: list[str] = []
    size = taken = 0
    while taken < len(delivered) and size < max_bytes:
        each = delivered[taken]
        taken += 1
        try:
            plain = message.unpack(each.body)
            readable.append((each.id, _decode(workspace_id, plain, each.sent_at)))
            size += len(plain)
        except FromNewerVersion as error:
            return Portion(readable, quarantined, [each.id], error, delivered[taken:])
        except Unreadable as reason:
            try:
                dead_letters.quarantine(workspace_id, each.id, each.body, str(reason))
            except IndelibleError as error:
                return Portion(readable, quarantined, [each.id], error, delivered[taken:])
            quarantined.append(each.id)
    return Portion(readable, quarantined, [], None, delivered[taken:])


def _decode(workspace_id: str, plain: bytes, sent_at: int) -> Message:
    content = message.decode_plain(plain)
    verdict = judge_content(workspace_id, content, sent_at)
    if verdict.obstacle is not None:
        raise Unreadable(verdict.obstacle)
    return content


def received_times(portion: Portion) -> dict[str, int]:
    """The received_at of every event of a portion and of the messages after it, by event id.

    Later messages are read only for this, so that their events are looked up together with the
    first ones. Messages that cannot be read are skipped; their own portion deals with them.
    """
    pairs = [
        (event.id, event.received_at) for _, content in portion.readable for event in content.events
    ]
    for each in portion.later:
        try:
            pairs += message.received_times(message.unpack(each.body))
        except (Unreadable, FromNewerVersion):
            continue
    times = dict(pairs)
    if len(times) < len(pairs):  # the earliest counts: a forged later one would hide the event
        for event_id, received_at in pairs:
            times[event_id] = min(received_at, times[event_id])
    return times
