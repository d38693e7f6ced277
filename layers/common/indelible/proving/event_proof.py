"""The proof of one event: the checkpoint file of its workspace, and the record's place in the tree.

A path is made of a few tiles. Full ones are in the locked bucket. The leaf hashes of the unfinished
tile are in the chain. What is unfinished above it is stored behind the newest full tile.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from itertools import islice

from ..chain.hashes import leaf_hash, leaf_hashes
from ..chain.ledger import Ledger
from ..chain.record import read_header
from ..chain.segment import read_records
from ..checkpoints.object_keys import workspace_tile_key
from ..checkpoints.proof_file import EventProof, ProofFile
from ..checkpoints.workspace_state import WorkspaceState
from ..covering.ports import LockedBucket
from ..errors import (
    ChainHeld,
    DamagedItem,
    IndelibleError,
    NotCovered,
    NotReady,
    Unreadable,
    WrongProof,
)
from ..times import SECOND, format_time, parse_time
from ..tlog.merkle import check_inclusion
from ..tlog.tile_proofs import inclusion_path
from ..tlog.tiles import TILE_BYTES, TILE_WIDTH, decode_edge, tile_path
from .checkpoint_file import RETRY_SECONDS, make_checkpoint_file
from .newest import NewestRun, NewestRuns

READY_SECONDS = 600
"""Within so many seconds an event is covered, or an alarm rings (CoverageLagAlarm)."""


def prove_event(
    runs: NewestRuns,
    bucket: LockedBucket,
    ledger: Ledger,
    workspace_id: str,
    sequence: int,
    record: bytes,
    now: int,
) -> ProofFile:
    """The proof file of the record that is stored at this sequence. `now` is in microseconds.

    Reads one to three tiles, and for a record in the unfinished one the segments that hold it, with
    two calls. The path is checked: whoever verifies the file comes to the same root.

    Raises NotReady for a young record that is not covered yet, NotCovered for an older one, and
    ChainHeld when something keeps the workspace from being covered. Raises Unreadable when the
    chain is damaged there, DamagedItem when what the log has stored is, and Unavailable.
    """
    newest, state = _covering(runs, workspace_id, sequence, now)
    if newest is None or state is None or state.size < sequence:
        raise _not_covered(state, sequence, now - parse_time(read_header(record).created_at))
    file = make_checkpoint_file(newest, workspace_id)
    index, root = sequence - 1, file.checkpoint.root
    try:
        read_tile = workspace_reader(bucket, ledger, state)
        path = inclusion_path(index, state.size, read_tile, state.tree)
        check_inclusion(index, state.size, leaf_hash(record), path, root)
    except WrongProof as error:
        raise Unreadable(
            f"record {sequence} of {workspace_id} as it was covered: {error}"
        ) from None
    return replace(file, event=EventProof(index, tuple(path), record))


def _covering(
    runs: NewestRuns, workspace_id: str, sequence: int, now: int
) -> tuple[NewestRun | None, WorkspaceState | None]:
    """The newest run, and the workspace's state. Read again unless the record is covered in it."""
    newest = runs.get(now)
    row = newest.row(workspace_id) if newest else None
    if row is None or row.size < sequence:
        newest = runs.read(now)
    return newest, newest.workspace(workspace_id) if newest else None


def _not_covered(state: WorkspaceState | None, sequence: int, age: int) -> IndelibleError:
    """The error for a record that no run covers. `age` is in microseconds."""
    if state and state.hold:
        hold = state.hold
        return ChainHeld(
            f"The log covers this workspace's chain up to record {state.size}, and not record "
            f"{sequence}: since {format_time(hold.since)} record {hold.sequence} does not verify "
            f"({hold.kind}: {hold.reason})."
        )
    if age < READY_SECONDS * SECOND:
        return NotReady("The log does not cover this event yet. It will soon.", RETRY_SECONDS)
    return NotCovered(
        f"The log covers this workspace's chain up to record {state.size if state else 0}. The "
        f"event is record {sequence}, and is not covered although it has been chained for "
        f"{age // (60 * SECOND)} minutes. Either checkpoints were switched on later and have not "
        "come so far, or no runs take place. The operator's alarm for this is CoverageLagAlarm.",
        RETRY_SECONDS,
    )


def workspace_reader(
    bucket: LockedBucket, ledger: Ledger, state: WorkspaceState
) -> Callable[[int, int, int], bytes]:
    """A function that reads the tiles of a workspace tree, each object once."""
    start = state.size - state.size % TILE_WIDTH

    @cache
    def read_object(level: int, number: int) -> bytes:
        path = tile_path(level, number)
        key = workspace_tile_key(state.workspace_id, state.epoch, path)
        content = bucket.read(key)
        if content is None:
            raise DamagedItem(f"{key} is gone from the locked bucket")
        return content

    def read(level: int, number: int, width: int) -> bytes:
        if width == TILE_WIDTH:
            return read_object(level, number)[:TILE_BYTES]
        if level == 0:
            return _unfinished_leaves(ledger, state.workspace_id, start, state.size)
        try:
            edge = decode_edge(read_object(0, start // TILE_WIDTH - 1)[TILE_BYTES:], start)
        except Unreadable as error:
            raise DamagedItem(f"the newest tile of {state.workspace_id}: {error}") from None
        return edge.rows[level]

    return read


def _unfinished_leaves(ledger: Ledger, workspace_id: str, start: int, size: int) -> bytes:
    """The joined leaf hashes of the records `start + 1` to `size`, as many as the chain has."""
    holding = ledger.at_or_before(workspace_id, start + 1)
    if holding is None:
        return b""
    leaves = list[bytes]()
    for segment in ledger.ascending(workspace_id, holding.first_sequence, size):
        leaves += leaf_hashes(read_records(segment))
    before = holding.first_sequence - 1
    return b"".join(islice(leaves, start - before, size - before))
