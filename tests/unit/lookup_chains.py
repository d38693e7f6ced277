"""Chains with one record a second, and the calls that look-ups in them make."""

from __future__ import annotations

from support.builders import NOON, SECOND
from support.small_index import Indexed, chain_of, events_at


def a_chain(records: int, *, indexed: int | None = None) -> Indexed:
    """One record a second, seven records a segment."""
    events = events_at([NOON + number * SECOND for number in range(records)])
    made = Indexed(chain_of(events, [7]))
    made.extend(indexed)
    made.index.faults.calls.clear()
    made.ledger.faults.calls.clear()
    return made
