"""Proof files: one small text that proves how far a chain is covered, or one event of it.

The outer form is a tlog-proof (https://c2sp.org/tlog-proof) of the last entry of the log. The
entry itself is not in the file: its time is, and its root of the map follows from the rest. All
that leads to it is in `extra`, as text:

    indelible.proof/v1
    <the three lines of the workspace checkpoint>
    time <of the run entry, in seconds>
    rows <base64 of the leaf of the map>
    map <base64 of a hash of the path in the map>          12 such lines

A file with no more is a checkpoint file. A proof of an event goes on:

    event <index of the record in the workspace tree: its sequence - 1>
    path <base64 of a hash of the path in the workspace tree>     as many lines as there are hashes
    <an empty line, and the bytes of the record to the end>

Nothing here checks what a file says. `verifying/proof.py` does.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import Unreadable
from ..tlog.note import Note
from ..tlog.proof import MAX_PROOF_BYTES, TlogProof, read_path, read_proof
from ..tlog.spelling import from_base64, read_number, read_text, to_base64
from .workspace_checkpoint import WorkspaceCheckpoint, read_workspace_checkpoint
from .workspace_map import MAP_BITS

SUFFIX = ".tlog-proof"
_KIND = "indelible.proof/v1"
_TEXT_END = 4
_MAP_AT = 6
_EVENT_AT = _MAP_AT + MAP_BITS


@dataclass(frozen=True, slots=True)
class EventProof:
    """A record's exact bytes, its index in the workspace tree, and its path (32 bytes each)."""

    index: int
    path: tuple[bytes, ...]
    record: bytes

    @property
    def encoded(self) -> bytes:
        """The part of `extra` that is about the event."""
        return _lines(f"event {self.index}", *_named("path", self.path), "") + self.record


@dataclass(frozen=True, slots=True)
class ProofFile:
    """The parts of a proof file. Hashes have 32 bytes.

    `log_index` and `log_path` are the run entry's place in the log, and `note` is the log's
    checkpoint with its signatures. `time` is the run entry's, in seconds. `leaf` is the leaf of the
    map that has the row of `checkpoint`, and `map_path` its path. `event` is None in a checkpoint
    file.
    """

    log_index: int
    log_path: tuple[bytes, ...]
    note: Note
    checkpoint: WorkspaceCheckpoint
    time: int
    leaf: bytes
    map_path: tuple[bytes, ...]
    event: EventProof | None = None

    @property
    def encoded(self) -> bytes:
        """The bytes of the file."""
        extra = [
            _lines(_KIND),
            self.checkpoint.text,
            _lines(f"time {self.time}", f"rows {to_base64(self.leaf)}"),
            _lines(*_named("map", self.map_path)),
            self.event.encoded if self.event else b"",
        ]
        return TlogProof(self.log_index, self.log_path, self.note, b"".join(extra)).encoded


def read_proof_file(data: bytes) -> ProofFile:
    """Read exactly what `ProofFile.encoded` returns. Raises Unreadable for all else."""
    proof = read_proof(data)
    head, separator, record = proof.extra.partition(b"\n\n")
    if separator:
        head += b"\n"
    lines = read_text(head, MAX_PROOF_BYTES, "the extra data of the proof").split("\n")[:-1]
    if lines[0] != _KIND or len(lines) < _EVENT_AT:
        raise Unreadable(f"the extra data of the proof is not {_KIND}, or is cut off")
    if bool(separator) != (len(lines) > _EVENT_AT):
        raise Unreadable("a proof of an event must have an event, its path, and its record")
    return ProofFile(
        log_index=proof.index,
        log_path=proof.path,
        note=proof.note,
        checkpoint=read_workspace_checkpoint(_lines(*lines[1:_TEXT_END])),
        time=read_number(_value("time", lines[_TEXT_END]), "the time of the run"),
        leaf=from_base64(_value("rows", lines[_TEXT_END + 1]), "the leaf of the map"),
        map_path=_read_path("map", lines[_MAP_AT:_EVENT_AT]),
        event=_read_event(lines[_EVENT_AT:], record) if separator else None,
    )


def _read_event(lines: list[str], record: bytes) -> EventProof:
    index = read_number(_value("event", lines[0]), "the index of the event")
    return EventProof(index, _read_path("path", lines[1:]), record)


def _read_path(name: str, lines: list[str]) -> tuple[bytes, ...]:
    return read_path([_value(name, each) for each in lines])


def _value(name: str, line: str) -> str:
    """What a line has after its name. Raises Unreadable when it has another name."""
    found, _, value = line.partition(" ")
    if found != name:
        raise Unreadable(f"the extra data of the proof has no line `{name}` where it must be")
    return value


def _named(name: str, hashes: tuple[bytes, ...]) -> list[str]:
    return [f"{name} {to_base64(each)}" for each in hashes]


def _lines(*lines: str) -> bytes:
    return "".join(f"{each}\n" for each in lines).encode()
