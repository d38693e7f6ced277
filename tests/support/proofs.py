"""A small log with its proof files, as runs publish them for one chain among other workspaces."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from itertools import count, islice

import pytest
from indelible.chain.hashes import leaf_hash
from indelible.chain.segment import read_records
from indelible.checkpoints.entries import RunEntry
from indelible.checkpoints.proof_file import EventProof, ProofFile
from indelible.checkpoints.workspace_checkpoint import WorkspaceCheckpoint
from indelible.checkpoints.workspace_map import Row, leaf_of, map_path, map_root, row_key
from indelible.tlog.checkpoint import Checkpoint
from indelible.tlog.merkle import inclusion_path, root_of
from indelible.tlog.note import Note
from indelible.tlog.policy import Group, Policy
from indelible.verifying.proof import AgeLimit, FailedStep, verify_proof

from .builders import WORKSPACE, a_chain
from .notes import FIRST, LOG, SECOND, signed_by_log

ORIGIN = LOG.name
RUN_TIME = 1_795_435_260
"""2026-11-23T12:01:00Z in seconds, a minute after `builders.NOON`."""


WITNESSES = {"w1": FIRST, "w2": SECOND}
POLICY = Policy(
    (LOG.key,),
    {name: each.witness_key for name, each in WITNESSES.items()},
    {"both": Group(2, ("w1", "w2"))},
    "both",
)
"""Trusts the log, and wants both witnesses."""


@cache
def records_of_chain() -> tuple[bytes, ...]:
    """The records of the chain that is proved."""
    return tuple(read for each in a_chain(11, 4) for read in read_records(each))


@cache
def other_rows() -> tuple[Row, ...]:
    """Rows of 30 other workspaces, two of them in the leaf of WORKSPACE."""
    index = leaf_of(row_key(WORKSPACE))
    near = (key for key in map(row_key, (f"ws_{n}" for n in count())) if leaf_of(key) == index)
    far = (row_key(f"ws_far_{n}") for n in range(28))
    return tuple(Row(key, sha256(key).digest()) for key in (*islice(near, 2), *far))


def a_checkpoint(
    records: Sequence[bytes] | None = None, workspace_id: str = WORKSPACE, origin: str = ORIGIN
) -> WorkspaceCheckpoint:
    """The workspace checkpoint of a chain with these records."""
    leaves = [*map(leaf_hash, records_of_chain() if records is None else records)]
    return WorkspaceCheckpoint(origin, workspace_id, 0, len(leaves), root_of(leaves))


def an_event_proof(index: int, records: Sequence[bytes] | None = None) -> EventProof:
    """The proof that one record is in the tree of these."""
    records = records_of_chain() if records is None else records
    path = inclusion_path([*map(leaf_hash, records)], index)
    return EventProof(index, tuple(path), records[index])


def a_note(leaves: Sequence[bytes], origin: str = ORIGIN, cosigned_at: int = RUN_TIME + 2) -> Note:
    """The signed checkpoint of a log with these leaf hashes, cosigned by both witnesses."""
    text = Checkpoint(origin, len(leaves), root_of(leaves)).text
    cosigned = [each.cosign(text, cosigned_at) for each in WITNESSES.values()]
    return signed_by_log(text, *cosigned)


def rows_with(checkpoint: WorkspaceCheckpoint) -> list[Row]:
    """The rows of a map that has this checkpoint among others."""
    return sorted([*other_rows(), Row(row_key(checkpoint.workspace_id), checkpoint.sha256)])


def a_proof_file(
    event: EventProof | None = None,
    checkpoint: WorkspaceCheckpoint | None = None,
    rows: Sequence[Row] | None = None,
    log_size: int = 7,
    earlier: Sequence[bytes] | None = None,
) -> ProofFile:
    """A proof file of the last of `log_size` runs. It is valid if the rows have the checkpoint.

    `earlier` are the leaf hashes of the log's entries before, if these matter.
    """
    checkpoint = checkpoint or a_checkpoint()
    key = row_key(checkpoint.workspace_id)
    rows = rows_with(checkpoint) if rows is None else rows
    entry = RunEntry(RUN_TIME, map_root(rows))
    if earlier is None:
        earlier = [leaf_hash(b"entry %d" % n) for n in range(log_size - 1)]
    leaves = [*earlier, leaf_hash(entry.encoded)]
    leaf, path = map_path(rows, key)
    return ProofFile(
        log_index=len(earlier),
        log_path=tuple(inclusion_path(leaves, len(earlier))),
        note=a_note(leaves),
        checkpoint=checkpoint,
        time=RUN_TIME,
        leaf=leaf,
        map_path=tuple(path),
        event=event,
    )


CHECKPOINT_FILE = a_proof_file()
EVENT_FILE = a_proof_file(an_event_proof(4))
"""Proves the fifth of eleven records."""

WITNESSED_AT = RUN_TIME + 2


def failed(proof: ProofFile, policy: Policy = POLICY, age: AgeLimit | None = None) -> FailedStep:
    """How a proof fails."""
    with pytest.raises(FailedStep) as raised:
        verify_proof(proof, policy, age)
    return raised.value
