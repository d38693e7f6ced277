"""The object `run/<number>`: what one run published. The newest decides how the log goes on.

It is JSON, so that an auditor can read it without this code. Bytes are in base64, hashes in hex.
"""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from ..encoding import read_json
from ..errors import Unreadable
from ..tlog.checkpoint import Checkpoint, read_checkpoint
from ..tlog.note import Note, read_note
from ..tlog.tiles import RightEdge
from .entries import Entry, RunEntry, read_entry, read_hex_hash, read_run_entry

FORMAT = 1


@dataclass(frozen=True, slots=True)
class PublishedRun:
    """A run, its number counted from 1, and all that the next run needs of it.

    `note` is the log's checkpoint with all signatures. This run added `entries_before` to the log,
    and then `run_entry`. `edge` is that of the log with them. The state object's version is
    `state_version`; it has `workspaces` rows, and the SHA-256 `state_sha256`. `table_arn` is the
    table that the chains were read from.
    """

    number: int
    note: Note
    entries_before: tuple[Entry, ...]
    run_entry: RunEntry
    edge: RightEdge
    workspaces: int
    state_version: str
    state_sha256: bytes
    table_arn: str

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All that this run added to the log, in order."""
        return (*self.entries_before, self.run_entry)

    @property
    def checkpoint(self) -> Checkpoint:
        """The log's origin, size and root."""
        return read_checkpoint(self.note.text)

    @property
    def encoded(self) -> bytes:
        """The bytes of the object."""
        return _encode(
            _Json(
                format=FORMAT,
                number=self.number,
                note=self.note.encoded.decode(),
                entries=[each.encoded for each in self.entries],
                edge=[*self.edge.rows],
                workspaces=self.workspaces,
                state_version=self.state_version,
                state_sha256=self.state_sha256.hex(),
                table_arn=self.table_arn,
            )
        )


class _Json(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The fields of the JSON. `edge` has the hashes of the unfinished tile of each level."""

    format: int
    number: int
    note: str
    entries: list[bytes]
    edge: list[bytes]
    workspaces: int
    state_version: str
    state_sha256: str
    table_arn: str


class _Format(msgspec.Struct, frozen=True):
    """The field that says how to read the others."""

    format: int


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(_Json).decode
_decode_format = msgspec.json.Decoder(_Format).decode


def read_published_run(encoded: bytes) -> PublishedRun:
    """Read what `PublishedRun.encoded` returned. Raises Unreadable when it is not valid.

    The edge must have the root of the checkpoint, and the last entry must be that of a run. The
    signatures are not checked.
    """
    version = read_json(_decode_format, encoded, "a published run").format
    if version != FORMAT:
        raise Unreadable(f"run format {version} is unknown; this version reads {FORMAT}")
    made = read_json(_decode, encoded, "a published run")
    note = read_note(made.note.encode())
    checkpoint = read_checkpoint(note.text)
    if not made.entries:
        raise Unreadable("a published run has no entry")
    return PublishedRun(
        number=made.number,
        note=note,
        entries_before=tuple(read_entry(each) for each in made.entries[:-1]),
        run_entry=read_run_entry(made.entries[-1]),
        edge=_read_edge(made.edge, checkpoint),
        workspaces=made.workspaces,
        state_version=made.state_version,
        state_sha256=read_hex_hash(made.state_sha256, "the hash of a state"),
        table_arn=made.table_arn,
    )


def _read_edge(rows: list[bytes], checkpoint: Checkpoint) -> RightEdge:
    try:
        edge = RightEdge(checkpoint.size, tuple(rows))
    except ValueError as error:
        raise Unreadable(f"not a published run: {error}") from None
    if edge.compact_range.root != checkpoint.root:
        raise Unreadable("the edge of a published run does not have the root that was signed")
    return edge
