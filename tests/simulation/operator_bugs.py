"""Bugs in handling dead letters, and the promises each of them breaks."""

from __future__ import annotations

from indelible.aws.dead_letters import SQSDeadLetters
from indelible.aws.queue import SQSQueue

from .mutation import bug
from .promises import Promise

_SEND = "queue.send(letter.workspace_id, letter.body)"
_DELETE = "self._delete(held, letter)"

OPERATOR_BUGS = [
    bug(
        "all messages set aside of a workspace share one group",
        SQSQueue.quarantine,
        ("set_aside_group(message_id)", "set_aside_group(group)"),
        breaks={Promise.SET_ASIDE},
    ),
    bug(
        "only the first unchainable message of a workspace is kept",
        SQSQueue.quarantine,
        ("set_aside_group(message_id)", "set_aside_group(group)"),
        ("MessageDeduplicationId=message_id", "MessageDeduplicationId=group"),
        breaks={Promise.SET_ASIDE},
    ),
    bug(
        "a redrive leaves junk in front of accepted messages",
        SQSDeadLetters.redrive,
        ("self._set_aside(held, letter)", "pass"),
        breaks={Promise.SETTLED},
    ),
    bug(
        "junk is set aside but stays in front",
        SQSDeadLetters._set_aside,
        (_DELETE, "pass"),
        breaks={Promise.SETTLED},
    ),
    bug(
        "a redrive deletes before it sends",
        SQSDeadLetters.redrive,
        (f"{_SEND}\n                {_DELETE}", f"{_DELETE}\n                {_SEND}"),
        breaks={Promise.CHAINED},
    ),
    bug(
        "junk is deleted before it is set aside",
        SQSDeadLetters._set_aside,
        (_DELETE, "pass"),
        ("self._aside.quarantine(", f"{_DELETE}\n    self._aside.quarantine("),
        breaks={Promise.SET_ASIDE},
    ),
]
