"""The covered head: whether a chain still ends, or goes on, as it did when it was covered."""

from __future__ import annotations

from itertools import islice
from typing import NamedTuple

from ..chain.hashes import Head
from ..chain.ledger import Ledger
from ..chain.segment import Segment
from ..checkpoints.workspace_state import WorkspaceState
from ..errors import Unreadable
from ..verifying.breaks import (
    Break,
    checkpoint_mismatch,
    cut_off,
    longer_segment,
    other_head,
    unreadable,
)
from ..verifying.run import Rules
from ..verifying.segments import check_segment


class HeadCheck(NamedTuple):
    """What is wrong with the covered head, and the first record that follows it, if one does."""

    found: Break | None
    grown: Segment | None


def check_head_and_growth(ledger: Ledger, state: WorkspaceState) -> HeadCheck:
    """Check the covered head as `check_covered_head` does, and whether the chain has grown since.

    One call if all is well. Raises Unavailable.
    """
    first = max(state.last_segment, 1)
    try:
        parts = [*islice(ledger.ascending(state.workspace_id, first, page_size=2), 2)]
    except Unreadable:
        return HeadCheck(check_covered_head(ledger, state), None)
    holding = parts[0] if parts else None
    grown = next((each for each in parts if each.first_sequence > state.size), None)
    if holding and holding.first_sequence == state.last_segment and holding.holds(state.size):
        return HeadCheck(_check(holding, state), grown)
    return HeadCheck(check_covered_head(ledger, state), grown)


def check_covered_head(ledger: Ledger, state: WorkspaceState) -> Break | None:
    """The break if the chain does not have the last covered record; None if it has.

    Verifies the segment that holds the record, whose event hash ties all records before it. The
    segment must end with it: segments are covered whole and never change, and records that were put
    into one would neither be new nor covered. Reads one segment if all is well. Raises Unavailable.
    """
    if not state.size:
        return None
    try:
        segment = ledger.at_or_before(state.workspace_id, state.size)
        if segment is None or not segment.holds(state.size):
            return _missing(ledger, state)
    except Unreadable as error:
        return unreadable(state.last_segment, str(error))
    return _check(segment, state)


def _missing(ledger: Ledger, state: WorkspaceState) -> Break:
    """The break of a chain in which no segment holds the last covered record."""
    newest = ledger.newest(state.workspace_id)
    last = newest.last_sequence if newest else 0
    if last < state.size:
        return cut_off(last, state.size)
    reason = "no segment holds the last covered record"
    return checkpoint_mismatch(state.size, state.event_hash, None, reason)


def _check(segment: Segment, state: WorkspaceState) -> Break | None:
    start = Head(segment.first_sequence - 1, segment.previous_event_hash, 0)
    outcome = check_segment(segment, Rules(state.workspace_id), start)
    if outcome.breaks:
        return outcome.breaks[0]
    hashes = [each for _, part in outcome.event_hashes for each in part]
    actual = hashes[state.size - segment.first_sequence]
    if actual != state.event_hash:
        return other_head(state.size, state.event_hash, actual)
    if segment.last_sequence > state.size:
        return longer_segment(state.size, segment.last_sequence)
    return None
