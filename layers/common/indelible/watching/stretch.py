"""A stretch: some thousand records of a chain, compared with the tiles that were locked away.

A stretch is 4,096 records: sixteen tiles of level 0, and a narrow block of the index.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice

from ..chain.hashes import EMPTY, Head, leaf_hashes
from ..chain.ledger import Ledger
from ..chain.segment import Damaged, Segment, read_records
from ..checkpoints.object_keys import workspace_tile_key
from ..checkpoints.workspace_state import WorkspaceState
from ..covering.put_tiles import new_tiles
from ..errors import Unreadable
from ..index.extend import parts_between
from ..tlog.tiles import (
    EMPTY_EDGE,
    TILE_BYTES,
    TILE_WIDTH,
    RightEdge,
    decode_edge,
    split_hashes,
    tile_path,
)
from ..verifying.breaks import (
    Break,
    BreakType,
    bucket_tampered,
    checkpoint_mismatch,
    cut_off,
    unreadable,
)
from ..verifying.run import Rules
from ..verifying.segments import check_segment
from .ports import VersionedBucket

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


def check_stretch(
    ledger: Ledger, bucket: VersionedBucket, state: WorkspaceState, stretch: Stretch
) -> list[Break]:
    """Every break of the stretch: of its tiles first, then of its records, links and times.

    Only records that the state covers count: those after them may be on their way. Raises
    Unavailable, and Contradiction when an object is behind a delete marker.
    """
    found, leaves = check_chain(ledger, state, stretch)
    return [*_check_tiles(bucket, state, stretch, leaves), *found]


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


def _check_tiles(
    bucket: VersionedBucket, state: WorkspaceState, stretch: Stretch, leaves: Mapping[int, bytes]
) -> Iterator[Break]:
    """Compare leaf hashes with the tiles of level 0, and these with all that is made of them."""
    start = stretch.first - 1
    numbers = range(start // TILE_WIDTH, stretch.last // TILE_WIDTH)
    wanted = {number: _key(state, 0, number) for number in numbers}
    before = _key(state, 0, numbers.start - 1) if start else ""
    stored = bucket.read_many([*wanted.values(), *([before] if before else [])])
    for number, key in wanted.items():
        if key in stored:
            yield from _compare(number, stored[key], leaves)
        else:
            yield bucket_tampered((number + 1) * TILE_WIDTH, f"{key} is gone")
    try:
        edge = decode_edge(stored[before][TILE_BYTES:], start) if before else EMPTY_EDGE
    except (KeyError, Unreadable):
        return  # it is a break of the stretch before
    yield from _check_edges(bucket, state, stretch, edge, stored, leaves)


def _key(state: WorkspaceState, level: int, number: int) -> str:
    return workspace_tile_key(state.workspace_id, state.epoch, tile_path(level, number))


def _compare(number: int, content: bytes, leaves: Mapping[int, bytes]) -> Iterator[Break]:
    """Name the first record of a tile that is not the one that was covered."""
    for sequence, covered in enumerate(split_hashes(content[:TILE_BYTES]), number * TILE_WIDTH + 1):
        actual = leaves.get(sequence, covered)
        if actual != covered:
            reason = "the record is not the one that was covered"
            yield checkpoint_mismatch(sequence, covered, actual, reason)
            return


def _check_edges(
    bucket: VersionedBucket,
    state: WorkspaceState,
    stretch: Stretch,
    edge: RightEdge,
    stored: Mapping[str, bytes],
    leaves: Mapping[int, bytes],
) -> Iterator[Break]:
    """Check what is stored behind the tiles and above them, and at the end the tree in the state.

    `edge` is that of the tree before the stretch.
    """
    above = dict[str, tuple[bytes, int]]()
    for number in range(edge.size // TILE_WIDTH, stretch.last // TILE_WIDTH):
        content = stored.get(_key(state, 0, number), b"")
        hashes = split_hashes(content[:TILE_BYTES])
        if len(hashes) != TILE_WIDTH:
            return  # gone, or no tile: either is a break already
        edge, made = new_tiles(state, edge, hashes)
        for tile in made:
            above[tile.key] = tile.content, tile.last_sequence
    found = bucket.read_many([key for key in above if key not in stored])
    for key, (content, last) in above.items():
        actual = stored.get(key, found.get(key))
        if actual is None:
            yield bucket_tampered(last, f"{key} is gone")
        elif actual != content:
            yield checkpoint_mismatch(last, None, None, f"{key} does not follow from its records")
    if stretch.last == state.size:
        yield from _check_end(state, edge, leaves)


def _check_end(
    state: WorkspaceState, edge: RightEdge, leaves: Mapping[int, bytes]
) -> Iterator[Break]:
    """Check that the tiles and the records after them give the tree that the state has."""
    rest = [leaves.get(each) for each in range(edge.size + 1, state.size + 1)]
    known = [each for each in rest if each]
    if len(known) < len(rest):
        return  # the missing record is a break already
    root = edge.compact_range.extended(known).root
    if root != state.tree.root:
        reason = f"records {edge.size + 1} to {state.size} are not those that were covered"
        yield checkpoint_mismatch(edge.size + 1, state.tree.root, root, reason)
