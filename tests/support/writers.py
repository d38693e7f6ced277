"""Writers on a ledger in memory, and their parts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from indelible.chain.fields import QueuedEvent
from indelible.chain.ledger import Ledger
from indelible.writing.append import Appender
from indelible.writing.dedup import Chained
from indelible.writing.delivery import Writer
from indelible.writing.patience import Patience
from indelible.writing.tail import Tail

from support.builders import WORKSPACE, counted_entropy, tries
from support.memory import MemoryQueue
from support.memory_ledger import MemoryLedger
from support.memory_look_ups import MemoryLookUps


def writer_on(
    ledger: MemoryLedger,
    dead_letters: MemoryQueue | None = None,
    look_ups: MemoryLookUps | None = None,
    entropy: Callable[[int], bytes] | None = None,
) -> Writer:
    """A writer on this ledger that remembers nothing yet."""
    return Writer(
        ledger,
        (look_ups or MemoryLookUps()).store(),
        dead_letters or MemoryQueue(),
        entropy or counted_entropy(),
    )


def chained_on(
    ledger: Ledger,
    events: Iterable[QueuedEvent],
    is_over: Callable[[], bool] = lambda: False,
    look_ups: MemoryLookUps | None = None,
    workspace_id: str = WORKSPACE,
) -> Chained:
    """The initial state of a delivery of these events, which knows nothing of the chain yet."""
    times = {event.id: event.received_at for event in events}
    return Chained(ledger, (look_ups or MemoryLookUps()).store(), workspace_id, times, is_over)


def appender_on(
    ledger: Ledger,
    events: Sequence[QueuedEvent],
    tail: Tail | None = None,
    patience: Patience | None = None,
    workspace_id: str = WORKSPACE,
) -> Appender:
    """The appender of a delivery of these events."""
    patience = patience or tries(0)
    chained = chained_on(ledger, events, patience.is_over, workspace_id=workspace_id)
    return Appender(ledger, workspace_id, counted_entropy(), patience, chained, tail)
