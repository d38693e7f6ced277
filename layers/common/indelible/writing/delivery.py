"""Deliveries: the messages of one workspace that the queue hands over together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from ..chain.ledger import Ledger
from ..errors import FromNewerVersion, IndelibleError, OutOfTime
from ..message import Message
from ..times import SECOND
from .append import Appender
from .dedup import Chained
from .kept_look_up import LookUpStore
from .patience import Patience
from .portion import Delivered, Portion, read_portion, received_times
from .ports import DeadLetters
from .sizes import SIZES, Sizes
from .tail import Tail

MAX_WAITING_SECONDS = 120
"""A message that waits longer shows that its workspace sends more than the writer can chain."""


@dataclass(slots=True)
class Writer:
    """What chaining needs, and what it remembers between deliveries: the tails of some chains."""

    ledger: Ledger
    look_ups: LookUpStore
    dead_letters: DeadLetters
    entropy: Callable[[int], bytes]
    sizes: Sizes = SIZES
    tails: dict[str, Tail] = field(default_factory=dict)

    def remember(self, workspace_id: str, tail: Tail) -> None:
        """Keep the tail; forget the one that was used longest ago when there are too many."""
        self.tails.pop(workspace_id, None)
        self.tails[workspace_id] = tail
        if len(self.tails) > self.sizes.remembered_chains:
            del self.tails[next(iter(self.tails))]


class Settled(NamedTuple):
    """A message whose events are all chained: their ids and the earliest received_at.

    `received_at` is in microseconds.
    """

    correlation_id: str
    ids: tuple[str, ...]
    received_at: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of chaining some of a workspace's messages.

    `quarantined` and `failed` are ids of messages. `chained` is the number of events that were
    appended. `error` says why messages failed.
    """

    settled: list[Settled] = field(default_factory=list)
    quarantined: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    chained: int = 0
    error: IndelibleError | None = None

    def __add__(self, other: Outcome) -> Outcome:
        """Both together, with the first error."""
        return Outcome(
            self.settled + other.settled,
            self.quarantined + other.quarantined,
            self.failed + other.failed,
            self.chained + other.chained,
            self.error or other.error,
        )


def chain_messages(
    writer: Writer, workspace_id: str, delivered: Sequence[Delivered], patience: Patience
) -> Outcome:
    """Chain a workspace's messages in their order.

    When a message fails, every later message of the workspace fails too, so that order is kept. A
    message that can never succeed is moved to the dead letters and does not block others.
    """
    outcome, later = Outcome(), delivered
    appender: Appender | None = None
    while later and not outcome.failed:
        if appender and patience.is_over():
            outcome += Outcome(error=OutOfTime(f"{workspace_id}: time is over, messages are left"))
            break
        appender, part, later = _chain_portion(writer, workspace_id, later, patience, appender)
        outcome += part
    if later:
        outcome += Outcome(failed=[each.id for each in later])
    if appender and appender.tail and (outcome.error is None or outcome.chained):
        writer.remember(workspace_id, appender.tail)
    return outcome


def is_behind(delivered: Sequence[Delivered], outcome: Outcome, now: int) -> bool:
    """Whether ingest should refuse the workspace for a while. `now` is in microseconds.

    It should when nothing could be chained, or when messages wait too long. SQS FIFO looks for
    groups only among the first 120,000 messages, so one workspace's backlog can stop others. A
    message of a newer version may wait as long as any other: that version may chain it next.
    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/avoid-backlog-with-the-same-message-group-id.html
    """
    is_only_slow = isinstance(outcome.error, OutOfTime) and bool(outcome.chained)
    oldest = min(each.sent_at for each in delivered)
    waits = now - oldest > MAX_WAITING_SECONDS * SECOND
    is_newer = isinstance(outcome.error, FromNewerVersion)
    return waits or bool(outcome.failed and not (is_only_slow or is_newer))


def _chain_portion(
    writer: Writer,
    workspace_id: str,
    delivered: Sequence[Delivered],
    patience: Patience,
    appender: Appender | None,
) -> tuple[Appender | None, Outcome, Sequence[Delivered]]:
    """Chain the messages of the first portion. Returns the outcome and the later messages.

    The first portion with a readable message makes the appender, which the others share.
    """
    max_bytes = writer.sizes.portion_bytes
    portion = read_portion(writer.dead_letters, workspace_id, delivered, max_bytes)
    rest = Outcome(quarantined=portion.quarantined, failed=portion.failed, error=portion.error)
    if not portion.readable:
        return appender, rest, portion.later
    appender = appender or _new_appender(writer, workspace_id, portion, patience)
    return appender, _append(appender, portion.readable) + rest, portion.later


def _new_appender(
    writer: Writer, workspace_id: str, portion: Portion, patience: Patience
) -> Appender:
    """An appender for the events of this portion and of all messages after it."""
    times = received_times(portion)
    chained = Chained(writer.ledger, writer.look_ups, workspace_id, times, patience.is_over)
    tail = writer.tails.pop(workspace_id, None)
    return Appender(
        writer.ledger, workspace_id, writer.entropy, patience, chained, tail, writer.sizes
    )


def _append(appender: Appender, readable: Sequence[tuple[str, Message]]) -> Outcome:
    """Chain these messages. A message fails unless all its events are chained."""
    events = [event for _, content in readable for event in content.events]
    settled = chained = 0
    error: IndelibleError | None = None
    try:
        for commit in appender.append(events):
            settled += commit.settled
            chained += commit.segment.count if commit.segment else 0
    except IndelibleError as failure:
        error = failure.with_traceback(None)  # its frames hold what was read
    whole = 0
    for _, content in readable:
        if len(content.events) > settled:
            break
        settled -= len(content.events)
        whole += 1
    return Outcome(
        settled=[_settled(content) for _, content in readable[:whole]],
        failed=[message_id for message_id, _ in readable[whole:]],
        chained=chained,
        error=error,
    )


def _settled(content: Message) -> Settled:
    ids = tuple(event.id for event in content.events)
    return Settled(content.correlation_id, ids, min(event.received_at for event in content.events))
