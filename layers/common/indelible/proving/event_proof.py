"""The proof of an event: its workspace's checkpoint file, and the record's place in the tree."""

from __future__ import annotations

from dataclasses import replace

from ..chain.hashes import leaf_hash
from ..chain.ledger import Ledger
from ..chain.record import read_header
from ..checkpoints.proof_file import EventProof, ProofFile
from ..checkpoints.workspace_state import WorkspaceState
from ..covering.ports import LockedBucket
from ..errors import (
    IndelibleError,
    NotCovered,
    NotReady,
    Unreadable,
    WrongProof,
)
from ..times import SECOND, parse_time
from ..tlog.merkle import check_inclusion
from ..tlog.tile_proofs import inclusion_path
from .checkpoint_file import RETRY_SECONDS, chain_held, make_checkpoint_file
from .newest import NewestRuns
from .workspace_tiles import workspace_tile_reader

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
    newest = runs.reaching(workspace_id, sequence, now)
    state = newest.workspace(workspace_id) if newest else None
    if newest is None or state is None or state.size < sequence:
        raise _not_covered(state, sequence, now - parse_time(read_header(record).created_at))
    file = make_checkpoint_file(newest, workspace_id)
    index, root = sequence - 1, file.checkpoint.root
    try:
        read_tile = workspace_tile_reader(bucket, ledger, state)
        path = inclusion_path(index, state.size, read_tile, state.tree)
        check_inclusion(index, state.size, leaf_hash(record), path, root)
    except WrongProof as error:
        raise Unreadable(
            f"record {sequence} of {workspace_id} as it was covered: {error}"
        ) from None
    return replace(file, event=EventProof(index, tuple(path), record))


def _not_covered(state: WorkspaceState | None, sequence: int, age: int) -> IndelibleError:
    """The error for a record that no run covers. `age` is in microseconds."""
    if state and state.hold:
        return chain_held(state.size, state.hold)
    if age < READY_SECONDS * SECOND:
        return NotReady("The log does not cover this event yet. It will soon.", RETRY_SECONDS)
    return NotCovered(
        f"The log covers this workspace's chain up to record {state.size if state else 0}. The "
        f"event is record {sequence}, and is not covered although it has been chained for "
        f"{age // (60 * SECOND)} minutes. Either checkpoints were switched on later and have not "
        "come so far, or no runs take place. The operator's alarm for this is CoverageLagAlarm.",
        RETRY_SECONDS,
    )
