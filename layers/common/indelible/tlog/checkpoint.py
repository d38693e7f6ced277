"""Checkpoints (C2SP tlog-checkpoint): the size and the root of a log's tree, as text of a note.

    <origin: the log's name, which never changes>
    <size>
    <base64 of the root, 32 bytes>

More lines may follow in other logs. They are refused here: our logs have none, nobody who reads the
log can check them, and witnesses that sign with ML-DSA-44 do not sign them.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import Unreadable
from .note import MAX_NOTE_BYTES
from .spelling import read_hash, read_number, read_text, to_base64

_LINES = 3


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The origin, the number of leaves and the root (32 bytes) of a tree."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> bytes:
        """The three lines, which a log signs."""
        return f"{self.origin}\n{self.size}\n{to_base64(self.root)}\n".encode()


def read_checkpoint(text: bytes) -> Checkpoint:
    """Read what `Checkpoint.text` returned. Raises Unreadable for any other text."""
    lines = read_text(text, MAX_NOTE_BYTES, "the checkpoint").split("\n")[:-1]
    if len(lines) != _LINES or not lines[0]:
        raise Unreadable("a checkpoint has three lines: origin, size and root")
    origin, size, root = lines
    size_read = read_number(size, "the size of the checkpoint")
    return Checkpoint(origin, size_read, read_hash(root, "the root of the checkpoint"))
