"""Readers of chains in memory, and budgets for them."""

from __future__ import annotations

from indelible.chain.segment import Segment
from indelible.index.directory import Directory
from indelible.reading.budget import Budget
from indelible.reading.reader import Reader

from support.memory_index import MemoryIndex
from support.memory_ledger import MemoryLedger


def reader_of(chain: list[Segment]) -> Reader:
    """A reader of this chain alone, without an index."""
    ledger = MemoryLedger()
    ledger.load(chain)
    return Reader(ledger, MemoryIndex(), Directory())


def plenty(seconds: float = 10.0) -> Budget:
    """A budget that is not spent."""
    return Budget(lambda: seconds)
