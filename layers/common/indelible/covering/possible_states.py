"""The states that a workspace may have been in at a run, from its chain and its tiles alone."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ..chain.hashes import leaf_hashes
from ..chain.ledger import Ledger
from ..chain.segment import Damaged, Segment, read_records
from ..checkpoints.entries import Entry, RestartEntry, RunEntry, read_entry
from ..checkpoints.object_keys import log_key, workspace_tile_key
from ..checkpoints.published_run import PublishedRun
from ..checkpoints.workspace_state import Growth, WorkspaceState
from ..errors import Contradiction
from ..times import SECOND
from ..tlog.bundle import decode_bundle
from ..tlog.tiles import TILE_BYTES, TILE_WIDTH, entries_path, tile_path
from ..verifying.run import Rules
from ..verifying.segments import check_segment
from .log_tiles import entries_from
from .ports import LockedBucket

NEAR = 8
"""Segment ends before the time of the run, and after it, that a tree may have ended with."""


@dataclass(frozen=True, slots=True)
class Possible:
    """The states of a workspace, the likeliest first. They have no hold.

    `is_damaged` says whether the chain has a break, or fewer records than there are tiles of. Then
    the true state may not be among them.
    """

    states: Sequence[WorkspaceState]
    is_damaged: bool


def find_possible_states(
    ledger: Ledger, bucket: LockedBucket, begun: WorkspaceState, time: int
) -> Possible:
    """The states as of a run at `time` (seconds). `begun` is the state that the epoch began with.

    A tree ends with a segment. Its full tiles are in the bucket, since a run puts them before it is
    published. Verifies the whole chain. Raises Unavailable.
    """
    before, after = deque([begun], NEAR), list[WorkspaceState]()
    leaves, state, is_broken = list[bytes](), begun, False
    rules = Rules(begun.workspace_id)
    for segment in ledger.stored(begun.workspace_id, 1):
        if isinstance(segment, Damaged) or check_segment(segment, rules, state.head).breaks:
            is_broken = True
            break
        added = leaf_hashes(read_records(segment))
        leaves += added
        state = _after(state, added, segment)
        if state.last_created_at < (time + 1) * SECOND:
            before.append(state)
        elif len(after) < NEAR:
            after.append(state)
    found = [
        replace(each, growth=Growth(time * SECOND, each.size + 1))
        if each.size < state.size or is_broken
        else each
        for each in (*reversed(before), *after)
        if _has_newest_tile(bucket, each, leaves)
    ]
    beyond = tile_path(0, len(leaves) // TILE_WIDTH)
    is_cut = bucket.read(workspace_tile_key(begun.workspace_id, begun.epoch, beyond)) is not None
    return Possible(found, is_broken or is_cut)


def _after(state: WorkspaceState, leaves: Sequence[bytes], segment: Segment) -> WorkspaceState:
    return replace(
        state,
        tree=state.tree.extended(leaves),
        event_hash=segment.event_hash,
        last_created_at=segment.last_created_at,
        last_segment=segment.first_sequence,
    )


def _has_newest_tile(bucket: LockedBucket, state: WorkspaceState, leaves: Sequence[bytes]) -> bool:
    """Whether the newest full tile of the tree is in the bucket, with these leaf hashes.

    Those before follow from the root of the map in the end.
    """
    full = state.size // TILE_WIDTH
    if not full:
        return True
    key = workspace_tile_key(state.workspace_id, state.epoch, tile_path(0, full - 1))
    content = bucket.read(key)
    tile = b"".join(leaves[(full - 1) * TILE_WIDTH : full * TILE_WIDTH])
    return content is not None and content[:TILE_BYTES] == tile


def read_restarts(bucket: LockedBucket, newest: PublishedRun) -> dict[bytes, tuple[int, ...]]:
    """The runs that have restarted a workspace, by the key of its row. Reads the whole log.

    Raises Contradiction when a bundle is gone.
    """
    restarts, run = dict[bytes, tuple[int, ...]](), 1
    for entry in _entries(bucket, newest):
        if isinstance(entry, RestartEntry):
            restarts[entry.key] = (*restarts.get(entry.key, ()), run)
        run += isinstance(entry, RunEntry)
    return restarts


def _entries(bucket: LockedBucket, newest: PublishedRun) -> Iterator[Entry]:
    """All entries of the log, in order."""
    begun = (newest.edge.size - len(newest.entries)) // TILE_WIDTH
    for number in range(begun):
        path = entries_path(number)
        bundle = bucket.read(log_key(path))
        if bundle is None:
            raise Contradiction(f"The log has no {path}.")
        yield from map(read_entry, decode_bundle(bundle))
    yield from map(read_entry, entries_from(bucket, newest, begun * TILE_WIDTH))
