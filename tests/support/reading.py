"""Readers of chains in memory, and budgets for them."""

from __future__ import annotations

from typing import Any

import msgspec
from indelible.chain.segment import Segment
from indelible.index.directory import Directory
from indelible.reading.budget import Budget
from indelible.reading.event_page import EventPage
from indelible.reading.reader import Reader

from support.memory_index import MemoryIndex
from support.memory_ledger import MemoryLedger


def reader_of(chain: list[Segment]) -> Reader:
    """A reader of this chain alone, without an index."""
    ledger = MemoryLedger()
    ledger.load(chain)
    return Reader(ledger, MemoryIndex(), Directory())


def events_of(page: EventPage) -> list[dict[str, Any]]:
    """The events of a page, as a client reads them."""
    return [msgspec.json.decode(each) for each in page.events]


def plenty(seconds: float = 10.0) -> Budget:
    """A budget that no test exhausts."""
    return Budget(lambda: seconds)
