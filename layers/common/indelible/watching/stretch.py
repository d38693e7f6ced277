"""A stretch: some thousand records of a chain, compared with the tiles that were locked away.

A stretch is 4,096 records: sixteen tiles of level 0, and a narrow block of the index.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice

from ..chain.hashes import EMPTY, Head, leaf_hashes
from ..chain.ledger import Ledger
from ..chain.segment import Damaged, Segment, read_records
from ..checkpoints.workspace_state import WorkspaceState
from ..errors import Unreadable
from ..index.extend import parts_between
from ..tlog.tiles import (
    TILE_WIDTH,
)
from ..verifying.breaks import (
    Break,
    BreakType,
    cut_off,
    unreadable,
)
from ..verifying.run import Rules
from ..verifying.segments import check_segment

TILES = 16
RECORDS = TILES * TILE_WIDTH
"""Records of a stretch."""


def stretches(size: int) -> int:
    """How many stretches a chain of so many covered records has."""
    return -(-size // RECORDS)


@dataclass(frozen=True, slots=True)
class Stretch:
    """The stored parts of the records `first` to `last`, and the segment before them, if any.

    The first and the last part may also have records of other stretches.
    """

    first: int
    last: int
    before: Segment | None
    parts: Sequence[Segment | Damaged]


def read_stretch(ledger: Ledger, state: WorkspaceState, number: int) -> Stretch:
    """Read a stretch of what is covered. Raises Unavailable."""
    name, first = state.workspace_id, number * RECORDS + 1
    last = min(first + RECORDS - 1, state.size)
    try:
        near = [*islice(ledger.descending(name, first, 2), 2)]
        is_held = bool(near) and near[0].holds(first)
        start = near[0].first_sequence if is_held else first
        before = [*near, None, None][is_held]
        return Stretch(first, last, before, [*ledger.ascending(name, start, last)])
    except Unreadable:
        return Stretch(first, last, None, [*parts_between(ledger, name, first, last + 1)])


def check_chain(
    ledger: Ledger, state: WorkspaceState, stretch: Stretch
) -> tuple[list[Break], dict[int, bytes]]:
    """The breaks of the records of a stretch, and the leaf hash of each that can be read.

    Raises Unavailable.
    """
    found, leaves = _check_records(stretch, state.workspace_id)
    missing = next((n for n in _range(stretch) if n not in leaves), None)
    if missing is not None and not found:
        found += _check_missing(ledger, state, missing)
    return found, leaves


def _range(stretch: Stretch) -> range:
    return range(stretch.first, stretch.last + 1)


def _check_records(stretch: Stretch, name: str) -> tuple[list[Break], dict[int, bytes]]:
    """The breaks within the stretch, and the leaf hash of each of its records that can be read."""
    found, leaves, rules = list[Break](), dict[int, bytes](), Rules(name)
    head = _head_before(stretch)
    for part in stretch.parts:
        if isinstance(part, Damaged):
            found.append(unreadable(part.first_sequence or head.sequence + 1, part.reason))
            continue
        outcome = check_segment(part, rules, head)
        found += outcome.breaks
        hashes = outcome.leaves
        if outcome.breaks:
            with suppress(Unreadable):
                hashes = leaf_hashes(read_records(part))
        leaves |= zip(range(part.first_sequence, part.last_sequence + 1), hashes, strict=False)
        head = part.head
    inside = _range(stretch)
    return [each for each in found if each.sequence in inside], leaves


def _head_before(stretch: Stretch) -> Head:
    """The head that the first part must follow. If the part before is damaged, what it claims."""
    if stretch.before:
        return stretch.before.head
    first = next((each for each in stretch.parts if isinstance(each, Segment)), None)
    if first is None or first.first_sequence == 1 or stretch.first == 1:
        return EMPTY
    return Head(first.first_sequence - 1, first.previous_event_hash, 0)


def _check_missing(ledger: Ledger, state: WorkspaceState, missing: int) -> Iterator[Break]:
    """The break of a covered record that no segment holds."""
    try:
        newest = ledger.newest(state.workspace_id)
    except Unreadable:
        newest = None
    last = newest.last_sequence if newest else 0
    if last > missing:
        yield Break(BreakType.SEQUENCE_GAP, missing, None, str(missing), "no segment that holds it")
    elif last == missing - 1:
        yield cut_off(last, state.size)
