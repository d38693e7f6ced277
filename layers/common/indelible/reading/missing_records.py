"""Records that must have been chained, and are not there: the end of a chain, or all of it.

A chain that ends earlier than it did is valid by itself, and so is one without any record. What is
stored beside the chain may show that it was longer.
"""

from __future__ import annotations

from ..chain.ledger import Ledger
from ..index.ports import Index
from ..times import SECOND, format_time
from ..verifying.breaks import Break, chain_missing

CHAINED_WITHIN = 3600 * SECOND
"""Microseconds. Accepted events are normally chained within seconds."""


def missing_beside_index(
    ledger: Ledger, index: Index, workspace_id: str, last_sequence: int
) -> Break | None:
    """The break if the index has blocks of records after `last_sequence`, where the chain ended.

    A block is built when all its records are chained. Raises Unavailable.
    """
    block = index.newest_directory(workspace_id)
    if block is None:
        return None
    indexed = (block + 1) * index.geometry.narrow.span
    if last_sequence >= indexed or _has_grown_to(ledger, workspace_id, indexed):
        return None
    reason = f"the index has a block that ends at sequence {indexed}, and the chain ends before it"
    return chain_missing(last_sequence + 1, reason)


def _has_grown_to(ledger: Ledger, workspace_id: str, sequence: int) -> bool:
    """Whether the chain has reached the sequence after its end was read."""
    newest = ledger.newest(workspace_id)
    return newest is not None and newest.last_sequence >= sequence


def missing_beside_usage(events: int, first_event_at: int | None, now: int) -> Break | None:
    """The break if events were counted, the first at that time, and no record is chained at `now`.

    Times are in microseconds. None if the first event is so new that it may still be on its way.
    """
    if not events or is_on_its_way(first_event_at, now):
        return None
    since = "" if first_event_at is None else f", the first at {format_time(first_event_at)}"
    reason = (
        f"{events:,} events were accepted{since}, and no record is chained; if the chain was not"
        " deleted, they are in a queue: see `indelible dlq list`"
    )
    return chain_missing(1, reason)


def is_on_its_way(first_event_at: int | None, now: int) -> bool:
    """Whether an event that was accepted at that time may not be chained yet."""
    return first_event_at is not None and abs(now - first_event_at) < CHAINED_WITHIN
