"""Proof files (C2SP tlog-proof): an entry's place in a log, as one text that stands alone.

    c2sp.org/tlog-proof@v1
    extra <base64 of anything>
    index <index of the entry, from 0>
    <base64 of each hash of its inclusion path, from the leaf's sibling up>

    <checkpoint with its signatures, as the log and the witnesses wrote it>

The line `extra` is left out if there is nothing to say. Nothing signs what it says.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import Unreadable
from .checkpoint import read_checkpoint
from .note import Note, read_note
from .spelling import from_base64, read_hash, read_number, read_text, to_base64

FIRST_LINE = "c2sp.org/tlog-proof@v1"
MAX_PATH = 63
"""Maximum number of hashes of a path: trees have at most 2^63 - 1 leaves."""

MAX_PROOF_BYTES = 1024 * 1024
"""Maximum size of a proof file: that of its note, and room for `extra`.

A record that comes with its proof has at most some 130 kB before base64.
"""

_EXTRA, _INDEX = "extra ", "index "


@dataclass(frozen=True, slots=True)
class TlogProof:
    """The index of an entry, its inclusion path (hashes of 32 bytes), a checkpoint, extra bytes."""

    index: int
    path: tuple[bytes, ...]
    note: Note
    extra: bytes = b""

    @property
    def encoded(self) -> bytes:
        """The proof file."""
        extra = [_EXTRA + to_base64(self.extra)] if self.extra else []
        lines = [FIRST_LINE, *extra, f"{_INDEX}{self.index}", *map(to_base64, self.path), ""]
        return "".join(f"{each}\n" for each in lines).encode() + self.note.encoded


def read_proof(data: bytes) -> TlogProof:
    """Read what `TlogProof.encoded` returned. Raises Unreadable for any other bytes.

    Only the form is checked, neither the path nor the signatures.
    """
    read_text(data, MAX_PROOF_BYTES, "the proof")
    head, separator, note = data.partition(b"\n\n")
    lines = head.decode().split("\n")
    if lines.pop(0) != FIRST_LINE:
        raise Unreadable(f"no proof: its first line is not {FIRST_LINE}")
    extra = _read_extra(lines.pop(0)) if lines and lines[0].startswith(_EXTRA) else b""
    if not separator or not lines or not lines[0].startswith(_INDEX):
        raise Unreadable("the proof has no line `index`, or no empty line after its path")
    index = read_number(lines.pop(0).removeprefix(_INDEX), "the index of the proof")
    proof = TlogProof(index, read_path(lines), read_note(note), extra)
    read_checkpoint(proof.note.text)
    return proof


def read_path(lines: Sequence[str]) -> tuple[bytes, ...]:
    """The hashes of a path, one from each line. Raises Unreadable."""
    if len(lines) > MAX_PATH:
        raise Unreadable(f"a path has {len(lines)} hashes; at most {MAX_PATH} are possible")
    return tuple(read_hash(each, "a hash of a path") for each in lines)


def _read_extra(line: str) -> bytes:
    extra = from_base64(line.removeprefix(_EXTRA), "the extra data of the proof")
    if not extra:
        raise Unreadable("the proof has a line `extra` without data; it must be left out")
    return extra
