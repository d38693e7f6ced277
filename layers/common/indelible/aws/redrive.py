"""Redrives dead letters: repeats passes over the queue until no message is left to send."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from ..writing.dead_letter import DeadLetter
from .dead_letters import Counts, SQSDeadLetters
from .queue import SQSQueue

_PAUSE_SECONDS = 5.0
_MAX_PASSES = 19
"""The passes take 90 seconds or more, because SQS may need a minute until its counts are right."""


@dataclass(slots=True)
class Redriven:
    """The result of a redrive.

    `sent` counts messages sent to the writer. `staying` maps the ids of messages that cannot be
    chained now to the messages. `unreached` is about how many messages no pass received.
    """

    sent: int = 0
    staying: dict[str, DeadLetter] = field(default_factory=dict)
    unreached: int = 0


def redrive(
    dead_letters: SQSDeadLetters,
    queue: SQSQueue,
    workspace_id: str | None,
    now: Callable[[], int],
    sleep: Callable[[float], None],
    *,
    with_newer: bool = True,
) -> Redriven:
    """Send the messages of one workspace, or of all, to `queue` again.

    Passes are repeated, for a bounded time, while the queue counts messages that no pass received:
    another operator holds them, or the counts are late. `with_newer` says whether to send messages
    that only a newer writer might read. `now` returns microseconds. Raises Unavailable when SQS
    fails.
    """
    done = Redriven()
    for left in reversed(range(_MAX_PASSES)):
        met = 0
        done.staying = {}
        for letter, went in dead_letters.redrive(queue, workspace_id, now(), with_newer=with_newer):
            if went:
                done.sent += 1
            else:
                met += 1
                done.staying[letter.id] = letter
        done.unreached = _unreached(dead_letters.counts(), None if workspace_id else met)
        if not done.unreached:
            break
        if left:
            sleep(_PAUSE_SECONDS)
    return done


def _unreached(counts: Counts, met: int | None) -> int:
    """Return the number of messages that the pass did not receive.

    `met` is the number of messages that stayed. It is None for a pass over one workspace, which
    counts only messages that others hold: SQS never delivers all messages of the other workspaces.
    """
    if met is None:
        return counts.held
    return max(counts.held, counts.visible + counts.held - met)
