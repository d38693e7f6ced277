"""Redriving: passes over the dead-letter queue until nothing that can be sent is left in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from ..writing.dead_letter import DeadLetter
from .dead_letters import Counts, SQSDeadLetters
from .queue import SQSQueue

_PAUSE_SECONDS = 5.0
_MOST_PASSES = 19
"""With their pauses 90 seconds at least: SQS may take a minute until its counts are right."""


@dataclass(slots=True)
class Redriven:
    """What became of the dead letters.

    `staying` are those that cannot be chained now, by their id. `unreached` is about how many
    could not be looked at.
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
) -> Redriven:
    """Send the messages of one workspace, or of all, to `queue` again.

    Passes are repeated for a bounded time while the queue counts messages that no pass has met:
    another operator holds them, or the counts are late. `now` is in microseconds.
    """
    done = Redriven()
    for left in reversed(range(_MOST_PASSES)):
        met = 0
        done.staying = {}
        for letter, went in dead_letters.redrive(queue, workspace_id, now()):
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
    """How many messages there are besides those met; of one workspace, only what others hold.

    The messages of other workspaces cannot all be met, since those behind the first ten are not
    handed out.
    """
    if met is None:
        return counts.held
    return max(counts.held, counts.visible + counts.held - met)
