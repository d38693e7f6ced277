"""Deliveries of old events, and the look-ups kept for them."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import strategies as st
from indelible.chain.fields import QueuedEvent
from indelible.writing.delivery import Outcome, Writer, chain_messages
from indelible.writing.patience import Patience
from indelible.writing.portion import Delivered
from indelible.writing.tail import read_tail
from support.builders import (
    NOON,
    WORKSPACE,
)
from support.memory_ledger import MemoryLedger
from support.memory_look_ups import MemoryLookUps
from support.writers import chained_on

RECEIVED = st.integers(NOON, NOON + 30)


def deliver(writer: Writer, ledger: MemoryLedger, calls: int, *delivered: Delivered) -> Outcome:
    """Deliver with time for this many calls."""
    ledger.faults.calls.clear()
    patience = Patience(lambda: float(calls - len(ledger.faults.calls)), lambda _: None)
    return chain_messages(writer, WORKSPACE, delivered, patience)


def draws(data: st.DataObject) -> Callable[[], bool]:
    return lambda: data.draw(st.booleans())


def looked_up(ledger: MemoryLedger, look_ups: MemoryLookUps, *events: QueuedEvent) -> set[str]:
    delivery = chained_on(ledger, events, look_ups=look_ups)
    delivery.update(read_tail(ledger, WORKSPACE))
    return delivery.ids
