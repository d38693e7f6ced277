"""Anchors: the last checkpoint of a workspace on each day on which its chain has grown.

Clients of the hosted API know anchors as transactions of a public chain. Here a run of the log
takes the place of the transaction. An anchor's hash takes that of the transaction's hash:

    anchor hash = SHA-256("indelible.anchor/v1\\n" || workspace checkpoint)

Nobody can guess it without the root in the checkpoint. It is not the hash in the map's row, because
proof files of other workspaces show that one.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from ..times import SECOND, format_time
from .workspace_checkpoint import WorkspaceCheckpoint

_PREFIX = b"indelible.anchor/v1\n"
ID_PREFIX = "anc_"


@dataclass(frozen=True, slots=True)
class Anchor:
    """The last checkpoint of a workspace on one day in UTC. A day without new records has none.

    The anchor is for the records from `first_sequence` to the checkpoint's size, and for the time
    from `period_start` to `period_end` (seconds since 1970): from the run of the previous anchor to
    the run of this one. `first_event_hash` and `last_event_hash` are those of the
    first and the last of its records, 32 bytes each. `previous_hash` ties it to the anchor before;
    it is None for the first one.

    `run` is the number of the run, and `log_size` the size of the log with it. `leaf` is the leaf
    of that run's map with the workspace's row, and `map_path` its path.
    """

    checkpoint: WorkspaceCheckpoint
    first_sequence: int
    period_start: int
    period_end: int
    first_event_hash: bytes
    last_event_hash: bytes
    previous_hash: bytes | None
    run: int
    log_size: int
    leaf: bytes
    map_path: tuple[bytes, ...]

    @property
    def workspace_id(self) -> str:
        """The workspace of the checkpoint."""
        return self.checkpoint.workspace_id

    @property
    def day(self) -> str:
        """The day of the anchor, `yyyy-mm-dd`."""
        return format_time(self.period_end * SECOND)[: len("yyyy-mm-dd")]

    @property
    def events(self) -> int:
        """The number of records that the anchor is for."""
        return self.checkpoint.size - self.first_sequence + 1

    @property
    def tx_hash(self) -> str:
        """The anchor's hash, 64 hex digits. It names the anchor without its workspace."""
        return sha256(_PREFIX + self.checkpoint.text).hexdigest()

    @property
    def id(self) -> str:
        """The anchor's id: `anc_` and its hash."""
        return ID_PREFIX + self.tx_hash

    @property
    def hash_for_next(self) -> bytes:
        """The `previous_hash` of the anchor after it: SHA-256 of the root and the anchor's hash.

        Both are in hex, one after the other, as the hosted API has them.
        """
        return sha256(f"{self.checkpoint.root.hex()}{self.tx_hash}".encode()).digest()


def first_sequence_after(previous: Anchor | None, checkpoint: WorkspaceCheckpoint) -> int:
    """The first record that an anchor of this checkpoint is for, after the newest anchor.

    The first anchor of an epoch is for all records of its tree. There is nothing to anchor if the
    result is greater than the checkpoint's size.
    """
    if previous is None or previous.checkpoint.epoch != checkpoint.epoch:
        return 1
    return previous.checkpoint.size + 1
