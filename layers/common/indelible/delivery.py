"""Deliveries: the messages of one workspace that the queue hands over together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from . import message
from .append import append
from .errors import IndelibleError, Unreadable
from .message import Message
from .patience import Patience
from .ports import DeadLetters, Ledger
from .tail import Tail

REMEMBERED_CHAINS = 64

PORTION_BYTES = 4 * 1024 * 1024
"""Of messages as JSON, then what is parsed is chained before more is. Parsed, JSON that is made for
it takes thirty times as much, and a delivery also has messages of others, who shall not wait."""


class Delivered(NamedTuple):
    """A message as the queue delivers it."""

    id: str
    body: str


@dataclass(frozen=True, slots=True)
class Writer:
    """What chaining needs, and what it remembers between deliveries: the tails of some chains."""

    ledger: Ledger
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
    """A message that is chained whole: its events' ids, and the earliest time of receipt."""

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
    while delivered and not outcome.failed:
        delivered = _chain_portion(writer, workspace_id, delivered, patience, outcome)
    outcome.failed += [later.id for later in delivered]
    return outcome


def _chain_portion(
    writer: Writer,
    workspace_id: str,
    delivered: Sequence[Delivered],
    patience: Patience,
    outcome: Outcome,
) -> Sequence[Delivered]:
    """Chain as many messages, from the front, as are parsed at one time; the others."""
    readable: list[tuple[str, Message]] = []
    size = taken = 0
    while taken < len(delivered) and size < PORTION_BYTES:
        each = delivered[taken]
        taken += 1
        try:
            plain = message.unpack(each.body)
            readable.append((each.id, _decode(workspace_id, plain)))
            size += len(plain)
        except Unreadable as reason:
            try:
                writer.dead_letters.quarantine(workspace_id, each.id, each.body, str(reason))
            except IndelibleError as error:
                outcome.error = error
                outcome.failed = [each.id]
                break
            outcome.quarantined.append(each.id)
    settled = _append(writer, workspace_id, [content for _, content in readable], patience, outcome)
    outcome.settled += [_settled(content) for _, content in readable[:settled]]
    outcome.failed = [message_id for message_id, _ in readable[settled:]] + outcome.failed
    return delivered[taken:]


def _decode(workspace_id: str, plain: bytes) -> Message:
    content = message.decode_plain(plain)
    if content.workspace_id != workspace_id:
        raise Unreadable("message names another workspace than its group")
    return content


def _settled(content: Message) -> Settled:
    ids = tuple(event.id for event in content.events)
    return Settled(content.correlation_id, ids, min(event.received_at for event in content.events))


def _append(
    writer: Writer,
    workspace_id: str,
    messages: list[Message],
    patience: Patience,
    outcome: Outcome,
) -> int:
    """How many messages, from the front, are chained whole."""
    events = [event for each in messages for event in each.events]
    settled = 0
    remembered = writer.tails.pop(workspace_id, None)
    try:
        for commit in append(
            writer.ledger, workspace_id, events, remembered, writer.entropy, patience
        ):
            settled += commit.settled
            outcome.chained += commit.segment.count if commit.segment else 0
            writer.remember(workspace_id, commit.tail)
    except IndelibleError as error:
        outcome.error = error
    whole = 0
    for each in messages:
        if len(each.events) > settled:
            break
        settled -= len(each.events)
        whole += 1
    return whole
