"""The tiles of a stretch: compared with its records, and with all that is made of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from ..chain.ledger import Ledger
from ..checkpoints.object_keys import workspace_tile_key
from ..checkpoints.workspace_state import WorkspaceState
from ..covering.put_tiles import new_tiles
from ..errors import DamagedItem, Unreadable
from ..proving.restarts import read_restarts
from ..tlog.tiles import (
    EMPTY_EDGE,
    TILE_BYTES,
    TILE_WIDTH,
    RightEdge,
    decode_edge,
    split_hashes,
    tile_path,
)
from ..verifying.breaks import Break, bucket_tampered, checkpoint_mismatch
from .ports import VersionedBucket
from .stretch import Stretch, check_chain


def check_stretch(
    ledger: Ledger, bucket: VersionedBucket, state: WorkspaceState, stretch: Stretch
) -> list[Break]:
    """Every break of the stretch: of its tiles first, then of its records, links and times.

    Only records that the state covers count: those after them may be on their way. Raises
    Unavailable, and Contradiction when an object is behind a delete marker.
    """
    found, leaves = check_chain(ledger, state, stretch)
    return [*_check_tiles(bucket, state, stretch, leaves), *found]


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
    yield from _check_kept(bucket, state, numbers, stored)
    try:
        edge = decode_edge(stored[before][TILE_BYTES:], start) if before else EMPTY_EDGE
    except (KeyError, Unreadable):
        return  # it is a break of the stretch before
    yield from _check_edges(bucket, state, stretch, edge, stored, leaves)


def _check_kept(
    bucket: VersionedBucket, state: WorkspaceState, numbers: range, stored: Mapping[str, bytes]
) -> Iterator[Break]:
    """Compare what the last restart has kept, as the log says, with the tiles of the epoch before.

    Only tiles that both epochs have full can be compared. A run logs the size in its request.
    """
    if not state.restarts:
        return
    try:
        [(_, restart)] = read_restarts(bucket, state.restarts[-1:], state.workspace_id)
    except (DamagedItem, Unreadable) as error:
        yield bucket_tampered(0, str(error))
        return
    before = replace(state, epoch=state.epoch - 1)
    kept = range(numbers.start, min(numbers.stop, restart.kept_size // TILE_WIDTH))
    old = bucket.read_many([_key(before, 0, number) for number in kept])
    for number in kept:
        key = _key(before, 0, number)
        if key not in old:
            yield bucket_tampered((number + 1) * TILE_WIDTH, f"{key} is gone")
            continue
        pairs = zip(
            split_hashes(old[key][:TILE_BYTES]),
            split_hashes(stored.get(_key(state, 0, number), old[key])[:TILE_BYTES]),
            strict=False,
        )
        for sequence, (covered, actual) in enumerate(pairs, number * TILE_WIDTH + 1):
            if covered != actual:
                reason = "a restart says that it has kept the record, and it is another one"
                yield checkpoint_mismatch(sequence, covered, actual, reason)
                return


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
