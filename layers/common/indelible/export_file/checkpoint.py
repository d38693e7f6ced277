"""The checkpoint in an export file: how far the log covered the chain when the file was begun.

A verifier that knows the covered size before the first record needs only one compact range: it
folds the leaf hashes of the file, with those beside it, to the root in the checkpoint.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import msgspec

from .lines import Hex

MAX_HASHES = 64
"""Maximum hashes on each side of a file. A tree of a million records has 20 at most."""

_Hashes = Annotated[list[Hex], msgspec.Meta(max_length=MAX_HASHES)]


@dataclass(frozen=True, slots=True)
class FileCheckpoint:
    """The newest checkpoint file of the workspace, and the hashes beside the file's records.

    `file` has the bytes of the checkpoint file. `left` and `right` have 32 bytes each, as
    `tlog.tile_proofs.hashes_beside` returns them for those records of the file that are covered.
    Both are empty if none is.
    """

    file: bytes
    left: tuple[bytes, ...]
    right: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class NoCheckpoint:
    """Why a file has no checkpoint, although the service had checkpoints on."""

    reason: str


class CheckpointJson(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """The value `checkpoint` of a manifest: three names, or `missing` alone."""

    file: str | None = None
    left: _Hashes | None = None
    right: _Hashes | None = None
    missing: str | None = None


def write_checkpoint(checkpoint: FileCheckpoint | NoCheckpoint) -> CheckpointJson:
    """The value in the manifest."""
    if isinstance(checkpoint, NoCheckpoint):
        return CheckpointJson(missing=checkpoint.reason)
    left, right = ([each.hex() for each in part] for part in (checkpoint.left, checkpoint.right))
    return CheckpointJson(checkpoint.file.decode(), left, right)


def read_checkpoint(read: CheckpointJson) -> FileCheckpoint | NoCheckpoint:
    """Read what `write_checkpoint` returns. Raises ValueError for all else.

    The checkpoint file is not read here: whatever it has, the rest of the export is evidence too.
    """
    if read.missing is not None and read == CheckpointJson(missing=read.missing):
        return NoCheckpoint(read.missing)
    if read.file is None or read.left is None or read.right is None or read.missing is not None:
        raise ValueError("a checkpoint has `file`, `left` and `right`, or `missing` alone")
    left, right = (tuple(map(bytes.fromhex, part)) for part in (read.left, read.right))
    return FileCheckpoint(read.file.encode(), left, right)
