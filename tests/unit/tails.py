"""Ledgers of small chains, their tails, and which events are found in them."""

from __future__ import annotations

from indelible.chain.fields import QueuedEvent
from indelible.chain.segment import Segment
from indelible.writing.tail import Tail, ids_of
from support.memory_ledger import MemoryLedger
from support.writers import chained_on


def a_ledger(chain: list[Segment]) -> MemoryLedger:
    ledger = MemoryLedger()
    ledger.load(chain)
    return ledger


def grown_tail(chain: list[Segment]) -> Tail:
    """The tail of a writer that wrote the chain itself."""
    tail = Tail()
    for segment in chain:
        tail = tail.after(segment, ids_of(segment))
    return tail


def looked_for(ledger: MemoryLedger, tail: Tail, events: list[QueuedEvent]) -> set[str]:
    """The events found when there is time enough."""
    chained = chained_on(ledger, events)
    chained.update(tail)
    return chained.ids
