"""Dead letters: messages that were not chained, their message groups, and whether they can be
chained.

A message whose receives are used up stays in its workspace's message group. A message that cannot
be chained is set aside into a group of its own. A FIFO queue hands out at most ten messages of a
group, and none while some are held, so the message would hide those behind it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from .. import message
from ..errors import FromNewerVersion, Unreadable
from ..message import Message
from ..times import SECOND, format_time
from .created_at import MAX_AHEAD_SECONDS, is_dated_ahead

KEPT_SECONDS = 14 * 86_400
"""How long the dead-letter queue keeps a message. template.yaml has the same value."""

MAX_GROUP_LENGTH = 128
"""Maximum length of a message group id, in characters.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
"""

_SET_ASIDE = "set-aside:"
"""Prefix of the group of a message that was set aside. No workspace id has a colon."""


def set_aside_group(message_id: str) -> str:
    """The message group of a message that is set aside. No other message is in it."""
    return f"{_SET_ASIDE}{message_id}"[:MAX_GROUP_LENGTH]


def id_of_set_aside(group: str) -> str | None:
    """The id that a message had before it was set aside into this group; None for other groups."""
    return group.removeprefix(_SET_ASIDE) if group.startswith(_SET_ASIDE) else None


def workspace_of(group: str, attribute: str | None) -> str:
    """The workspace that a message belongs to: its group, or its attribute if it was set aside.

    `attribute` is the message attribute `workspace_id`. SQS's own redrive sends a message that was
    set aside to the writer and keeps its group and attributes. Without the attribute the group is
    returned, which is not the id of a workspace.
    """
    return group if id_of_set_aside(group) is None else attribute or group


class Verdict(NamedTuple):
    """Whether a message can be chained now.

    `events` is the number of its events, None when it cannot be read. `obstacle` says why it cannot
    be chained now, None when it can. `until` is the time when the obstacle ends (microseconds),
    None for never or unknown. `is_from_newer_version` says whether a newer version might read it.
    """

    events: int | None
    obstacle: str | None = None
    until: int | None = None
    is_from_newer_version: bool = False


def judge(workspace_id: str, body: str, now: int) -> Verdict:
    """Decide whether a message of this workspace can be chained at `now` (microseconds)."""
    try:
        content = message.decode(body)
    except FromNewerVersion as error:
        return Verdict(None, str(error), is_from_newer_version=True)
    except Unreadable as error:
        return Verdict(None, str(error))
    return judge_content(workspace_id, content, now)


def judge_content(workspace_id: str, content: Message, now: int) -> Verdict:
    """Decide whether a decoded message can be chained at `now` (microseconds), for `judge` too."""
    count = len(content.events)
    if content.workspace_id != workspace_id:
        return Verdict(count, "message names another workspace than its group")
    latest = max(event.received_at for event in content.events)
    if is_dated_ahead(latest, now):
        until = latest - MAX_AHEAD_SECONDS * SECOND
        return Verdict(count, f"dated ahead, until {format_time(until)}", until)
    return Verdict(count)


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message of the dead-letter queue.

    `id` is the id in the writer's log, also when the message was set aside. `message_id` is its id
    in the dead-letter queue. `sent_at` is the time when it arrived there, in microseconds. `reason`
    says why it was set aside; it is stored with the message.
    """

    id: str
    message_id: str
    workspace_id: str
    body: str
    receive_count: int
    sent_at: int
    is_set_aside: bool
    reason: str | None
    verdict: Verdict

    @property
    def can_be_chained(self) -> bool:
        """Whether the writer would chain it now."""
        return self.verdict.obstacle is None

    @property
    def may_be_chained(self) -> bool:
        """Whether the writer would chain it now, or might if it is newer than this code."""
        return self.can_be_chained or self.verdict.is_from_newer_version

    @property
    def is_hopeless(self) -> bool:
        """Whether nothing can make it chainable for as long as the queue keeps it."""
        if self.may_be_chained:
            return False
        until = self.verdict.until
        return until is None or until > self.sent_at + KEPT_SECONDS * SECOND
