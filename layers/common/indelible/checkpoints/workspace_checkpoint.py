"""The workspace checkpoint: three lines that say how long a chain is, and its Merkle root.

    <origin of the log>/<workspace id>/<epoch>
    <number of records>
    <base64 of the root of the workspace tree>

It is the text of a checkpoint (https://c2sp.org/tlog-checkpoint) and nobody signs it. The map has
its SHA-256, and the log signs the map. The workspace tree is a tree of RFC 6962 whose leaves are
the chain's records. The epoch is 0 until an operator restarts the workspace's chain.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from ..errors import Unreadable
from ..identifiers import is_workspace_id
from ..tlog.checkpoint import Checkpoint, read_checkpoint
from ..tlog.keys import is_key_name
from ..tlog.spelling import read_number


@dataclass(frozen=True, slots=True)
class WorkspaceCheckpoint:
    """How far one workspace's chain is covered: `size` records, and the root of their tree.

    `origin` is that of the log.
    """

    origin: str
    workspace_id: str
    epoch: int
    size: int
    root: bytes

    @property
    def text(self) -> bytes:
        """The three lines, the last newline included."""
        return Checkpoint(
            f"{self.origin}/{self.workspace_id}/{self.epoch}", self.size, self.root
        ).text

    @property
    def sha256(self) -> bytes:
        """The SHA-256 of the text, as the row of the map has it."""
        return sha256(self.text).digest()


def read_workspace_checkpoint(text: bytes) -> WorkspaceCheckpoint:
    """Read exactly what `WorkspaceCheckpoint.text` returns. Raises Unreadable for all else."""
    checkpoint = read_checkpoint(text)
    origin, _, rest = checkpoint.origin.rpartition("/")
    origin, _, workspace_id = origin.rpartition("/")
    if not is_key_name(origin) or not is_workspace_id(workspace_id):
        raise Unreadable("the first line of a workspace checkpoint names no workspace of a log")
    epoch = read_number(rest, "the epoch")
    return WorkspaceCheckpoint(origin, workspace_id, epoch, checkpoint.size, checkpoint.root)
