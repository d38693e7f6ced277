"""How much of what was covered a chain still has: the records that a restart keeps.

Full tiles have the leaf hash of each record. Behind the last one, the state has only the roots of
subtrees. There, the states of earlier runs say more, for as long as they are kept: each has the
root of the tree as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import takewhile

from ..chain.hashes import EMPTY, leaf_hashes
from ..chain.ledger import Ledger
from ..chain.segment import Damaged, read_records
from ..checkpoints.object_keys import workspace_tile_key
from ..checkpoints.published_run import PublishedRun
from ..checkpoints.state import read_rows
from ..checkpoints.workspace_map import row_key
from ..checkpoints.workspace_state import StateRow, WorkspaceState
from ..errors import Contradiction, Unreadable
from ..tlog.compact_range import EMPTY_RANGE, CompactRange
from ..tlog.merkle import root_of
from ..tlog.tiles import TILE_BYTES, TILE_WIDTH, split_hashes, tile_path
from ..verifying.breaks import Break, unreadable
from ..verifying.run import Rules
from ..verifying.segments import check_segment
from .newest_run import read_run
from .ports import LockedBucket, States

Progress = Callable[[int], None]
"""Is called with the number of records read so far."""


@dataclass(frozen=True, slots=True)
class Kept:
    """The first `size` of `covered` records are in the chain as they were covered.

    The chain has `records` that can be read, one after the other. `is_exact` is False if some more
    may be as they were, but nothing shows it. `broken` is the first break in the chain itself: a
    new epoch is covered up to there only.
    """

    size: int
    covered: int
    records: int
    is_exact: bool
    broken: Break | None

    @property
    def lost(self) -> range:
        """The sequences of the covered records that the chain does not have, or not provably."""
        return range(self.size + 1, self.covered + 1)


def find_kept(
    ledger: Ledger,
    bucket: LockedBucket,
    states: States,
    newest: PublishedRun,
    state: WorkspaceState,
    progress: Progress,
) -> Kept:
    """Compare a chain with what was covered of it, as `newest` published it in `state`.

    Reads the chain up to the covered size, its tiles, and some earlier states. Raises Contradiction
    when a tile is gone, and Unavailable.
    """
    leaves, broken = _read_chain(ledger, state, progress)
    full = state.size - state.size % TILE_WIDTH
    tree = EMPTY_RANGE
    for start in range(0, full, TILE_WIDTH):
        tile = _read_tile(bucket, state, start // TILE_WIDTH)
        part = leaves[start : start + TILE_WIDTH]
        same = _same(part, tile)
        if same < TILE_WIDTH:
            return Kept(start + same, state.size, len(leaves), is_exact=True, broken=broken)
        tree = tree.extended(part)
    rest = leaves[full:]
    size = full + _same_subtrees(rest, state)
    if size < state.size:
        size = max(size, _same_as_before(states, bucket, newest, state, tree, rest))
    is_exact = size in (state.size, len(leaves))
    return Kept(size, state.size, len(leaves), is_exact, broken)


def _read_chain(
    ledger: Ledger, state: WorkspaceState, progress: Progress
) -> tuple[list[bytes], Break | None]:
    """The leaf hashes of the chain up to the covered size, and the first break on the way."""
    leaves, head, rules = list[bytes](), EMPTY, Rules(state.workspace_id)
    broken: Break | None = None
    for segment in ledger.stored(state.workspace_id, 1):
        following = len(leaves) + 1
        if isinstance(segment, Damaged):
            return leaves, broken or unreadable(following, segment.reason)
        outcome = check_segment(segment, rules, head)
        if outcome.breaks and not broken:
            broken = outcome.breaks[0]
        if segment.first_sequence != following:
            break
        try:
            leaves += leaf_hashes(read_records(segment))
        except Unreadable:
            break
        head = segment.head
        progress(len(leaves))
        if len(leaves) >= state.size:
            break
    return leaves[: state.size], broken


def _read_tile(bucket: LockedBucket, state: WorkspaceState, number: int) -> list[bytes]:
    key = workspace_tile_key(state.workspace_id, state.epoch, tile_path(0, number))
    content = bucket.read(key)
    if content is None or len(content) < TILE_BYTES:
        raise Contradiction(f"{key} is gone from the bucket of checkpoints, or damaged.")
    return split_hashes(content[:TILE_BYTES])


def _same(part: Sequence[bytes], tile: Sequence[bytes]) -> int:
    """How many leaf hashes are the same, from the first on."""
    pairs = zip(part, tile, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _same_subtrees(rest: Sequence[bytes], state: WorkspaceState) -> int:
    """How many leaves behind the last full tile have the subtrees that the state has of them."""
    width = state.size % TILE_WIDTH
    at = 0
    for subtree in state.tree.hashes[-width.bit_count() :] if width else ():
        count = 1 << (width - at).bit_length() - 1
        part = rest[at : at + count]
        if len(part) < count or root_of(part) != subtree:
            break
        at += count
    return at


def _same_as_before(
    states: States,
    bucket: LockedBucket,
    newest: PublishedRun,
    state: WorkspaceState,
    tree: CompactRange,
    rest: Sequence[bytes],
) -> int:
    """The largest earlier size of the workspace tree whose root the chain still gives; 0 if none.

    Trees of one epoch only grow, so the sizes and the answers are in the order of the runs.
    """

    def size_shown_by(number: int) -> int | None:
        """The size as of that run if the chain has its root, 0 if nothing is known; else None."""
        row = _row_of(states, bucket, number, state.workspace_id)
        if row is None or row.epoch != state.epoch or row.size < tree.size:
            return 0
        part = rest[: row.size - tree.size]
        return row.size if tree.extended(part).root == row.root else None

    low, high, step, found = 0, newest.number, 1, 0
    while high - step > 0:
        size = size_shown_by(high - step)
        if size is not None:
            low, found = high - step, size
            break
        high, step = high - step, step * 2
    while high - low > 1:
        middle = (low + high) // 2
        size = size_shown_by(middle)
        if size is None:
            high = middle
        else:
            low, found = middle, size
    return found


def _row_of(
    states: States, bucket: LockedBucket, number: int, workspace_id: str
) -> StateRow | None:
    """The row of a workspace as of a run; None if it had none, or if its state is not kept."""
    run = read_run(bucket, number)
    encoded = states.read(run.state_version)
    if encoded is None or sha256(encoded).digest() != run.state_sha256:
        return None
    key = row_key(workspace_id)
    _, rows = read_rows(encoded)
    return next((row for row in rows if row.key == key), None)
