"""Deliveries: the messages of one workspace that the queue hands over together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from .. import message
from ..chain.ledger import Ledger
from ..errors import IndelibleError, OutOfTime, Unreadable
from ..message import Message
from ..times import SECOND
from .append import Appender
from .backoff import Patience
from .dead_letter import judge_content
from .dedup import Chained
from .kept_look_up import LookUpStore
from .ports import DeadLetters
from .tail import Tail

REMEMBERED_CHAINS = 64

PORTION_BYTES = 4 * 1024 * 1024
"""Upper bound on the JSON that is parsed before it is committed. Hostile JSON grows thirtyfold when
it is parsed, and the same delivery carries other workspaces' messages."""

MOST_WAITING_SECONDS = 120
"""A message that waits longer to be chained shows that its workspace sends more than is chained."""


class Delivered(NamedTuple):
    """A message as the queue delivers it. `sent_at` (microseconds) is SQS's time of its sending."""

    id: str
    body: str
    sent_at: int


@dataclass(frozen=True, slots=True)
class Writer:
    """What chaining needs, and what it remembers between deliveries: the tails of some chains."""

    ledger: Ledger
    look_ups: LookUpStore
    dead_letters: DeadLetters
    entropy: Callable[[int], bytes]
    tails: dict[str, Tail] = field(default_factory=dict)

    def remember(self, workspace_id: str, tail: Tail) -> None:
        """Keep the tail; forget the one that was used longest ago when there are too many."""
        self.tails.pop(workspace_id, None)
        self.tails[workspace_id] = tail
        if len(self.tails) > REMEMBERED_CHAINS:
            del self.tails[next(iter(self.tails))]


class Settled(NamedTuple):
    """A message that is chained whole: its events' ids, and the earliest received_at.

    Times are in microseconds.
    """

    correlation_id: str
    ids: tuple[str, ...]
    received_at: int


@dataclass(slots=True)
class Outcome:
    """What became of a workspace's messages."""

    settled: list[Settled] = field(default_factory=list)
    quarantined: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    chained: int = 0
    error: IndelibleError | None = None


def chain(
    writer: Writer, workspace_id: str, delivered: Sequence[Delivered], patience: Patience
) -> Outcome:
    """Chain a workspace's messages in their order.

    What fails, fails with every later message of the workspace, so that order is kept. A message
    that never can succeed is moved to the dead letters and holds nobody up.
    """
    outcome = Outcome()
    appender: Appender | None = None
    while delivered and not outcome.failed:
        if appender and patience.is_over():
            outcome.error = OutOfTime(f"{workspace_id}: time is over, messages are left")
            break
        appender, delivered = _chain_portion(
            writer, workspace_id, delivered, patience, outcome, appender
        )
    outcome.failed += [later.id for later in delivered]
    if appender and appender.tail and (outcome.error is None or outcome.chained):
        writer.remember(workspace_id, appender.tail)
    return outcome


def is_behind(delivered: Sequence[Delivered], outcome: Outcome, now: int) -> bool:
    """Whether ingest should refuse the workspace for a while. `now` in microseconds.

    So it is when nothing could be chained, or when messages wait too long: SQS FIFO looks for
    groups among the first 120,000 messages only, so that one workspace's backlog can stop others.
    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/avoid-backlog-with-the-same-message-group-id.html
    """
    is_only_slow = isinstance(outcome.error, OutOfTime) and bool(outcome.chained)
    oldest = min(each.sent_at for each in delivered)
    waits = now - oldest > MOST_WAITING_SECONDS * SECOND
    return waits or bool(outcome.failed and not is_only_slow)


def _chain_portion(
    writer: Writer,
    workspace_id: str,
    delivered: Sequence[Delivered],
    patience: Patience,
    outcome: Outcome,
    appender: Appender | None,
) -> tuple[Appender | None, Sequence[Delivered]]:
    """Chain the first messages, up to PORTION_BYTES of JSON; return the rest.

    The first portion with a readable message makes the appender, which the others share.
    """
    readable, later = _read_portion(writer, workspace_id, delivered, outcome)
    if readable and appender is None:
        times = _received_times(readable, later)
        chained = Chained(writer.ledger, writer.look_ups, workspace_id, times, patience.is_over)
        remembered = writer.tails.pop(workspace_id, None)
        appender = Appender(
            writer.ledger, workspace_id, writer.entropy, patience, chained, remembered
        )
    if readable and appender:
        _append(appender, readable, outcome)
    return appender, later


def _read_portion(
    writer: Writer, workspace_id: str, delivered: Sequence[Delivered], outcome: Outcome
) -> tuple[list[tuple[str, Message]], Sequence[Delivered]]:
    """Parse the first messages, up to PORTION_BYTES of JSON; return them, by id, and the rest.

    Messages that can never be chained are set aside. One that cannot be set aside ends the
    portion, and fails with all that follow.
    """
    readable: list[tuple[str, Message]] = []
    size = taken = 0
    while taken < len(delivered) and size < PORTION_BYTES:
        each = delivered[taken]
        taken += 1
        try:
            plain = message.unpack(each.body)
            readable.append((each.id, _decode(workspace_id, plain, each.sent_at)))
            size += len(plain)
        except Unreadable as reason:
            try:
                writer.dead_letters.quarantine(workspace_id, each.id, each.body, str(reason))
            except IndelibleError as error:
                outcome.error = error
                outcome.failed = [each.id]
                break
            outcome.quarantined.append(each.id)
    return readable, delivered[taken:]


def _decode(workspace_id: str, plain: bytes, sent_at: int) -> Message:
    content = message.decode_plain(plain)
    verdict = judge_content(workspace_id, content, sent_at)
    if verdict.obstacle is not None:
        raise Unreadable(verdict.obstacle)
    return content


def _received_times(
    readable: Sequence[tuple[str, Message]], later: Sequence[Delivered]
) -> dict[str, int]:
    """The received_at of every event of the delivery, by id.

    Later portions are read for this alone, so that their events are looked up together with the
    first ones'. What cannot be read is left to its own portion.
    """
    pairs = [(event.id, event.received_at) for _, content in readable for event in content.events]
    for each in later:
        try:
            pairs += message.received_times(message.unpack(each.body))
        except Unreadable:
            continue
    times = dict(pairs)
    if len(times) < len(pairs):  # the earliest counts: a forged later one would hide the event
        for event_id, received_at in pairs:
            times[event_id] = min(received_at, times[event_id])
    return times


def _append(appender: Appender, readable: Sequence[tuple[str, Message]], outcome: Outcome) -> None:
    """Chain these messages, and note which of them are chained whole."""
    events = [event for _, content in readable for event in content.events]
    settled = 0
    try:
        for commit in appender.append(events):
            settled += commit.settled
            outcome.chained += commit.segment.count if commit.segment else 0
    except IndelibleError as error:
        # Its frames hold what was read, and they refer back to the outcome.
        outcome.error = error.with_traceback(None)
    whole = 0
    for _, content in readable:
        if len(content.events) > settled:
            break
        settled -= len(content.events)
        whole += 1
    outcome.settled += [_settled(content) for _, content in readable[:whole]]
    outcome.failed = [message_id for message_id, _ in readable[whole:]] + outcome.failed


def _settled(content: Message) -> Settled:
    ids = tuple(event.id for event in content.events)
    return Settled(content.correlation_id, ids, min(event.received_at for event in content.events))
