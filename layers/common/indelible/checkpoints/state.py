"""The state object: all that a run is published from, and what the next one has to know.

Numbers are big-endian and unsigned:

    the number of workspaces, the format (1), the run          4, 4 and 8 bytes
    for each workspace, keys ascending                         112 bytes each
        key, SHA-256 of its checkpoint's text                  32 and 32 bytes
        size, epoch, root                                      8, 8 and 32 bytes
    for each workspace, in the same order                      about 350 bytes each
        its details, as `workspace_state` says
    time of the run entry in seconds, number of other entries  8 and 2 bytes
    for each other entry, in the order of the log              length in 2 bytes, and the entry

The rows come first, so a reader that wants only them reads the first `rows_end(count)` bytes. Time
and entries are here so that the hash of the state binds them, too: a turn names that hash.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from struct import Struct

from ..errors import Unreadable
from ..tlog.spelling import MAX_NUMBER
from .entries import Entry, read_entry
from .workspace_map import Row
from .workspace_state import (
    StateRow,
    WorkspaceState,
    details_end,
    encode_details,
    read_details,
    row_of,
)

FORMAT = 1
_START = Struct(">IIQ")
_ROW = Struct(">32s32sQQ32s")
_END = Struct(">QH")
_ENTRY_LENGTH = Struct(">H")


@dataclass(frozen=True, slots=True)
class State:
    """All workspaces after a run, and what the run adds to the log.

    `rows` and `workspaces` are parallel, keys ascending. The run entry has the time `time`, in
    seconds, and the root of the map. `entries_before` stand before it.
    """

    run: int
    time: int
    rows: tuple[StateRow, ...]
    workspaces: tuple[WorkspaceState, ...]
    entries_before: tuple[Entry, ...] = ()

    @property
    def map_rows(self) -> list[Row]:
        """The rows of the map of this run."""
        return [Row(row.key, row.text_sha256) for row in self.rows]

    def after(
        self,
        run: int,
        time: int,
        origin: str,
        changed: Iterable[WorkspaceState],
        entries_before: Sequence[Entry] = (),
    ) -> State:
        """The state of a later run, in which these workspaces are new or have changed.

        `time` and `entries_before` are those of that run, and `origin` is that of the log. The rows
        of other workspaces stay as they are.
        """
        pairs = dict(zip((row.key for row in self.rows), self._pairs(), strict=True))
        for workspace in changed:
            row = row_of(origin, workspace)
            pairs[row.key] = row, workspace
        ordered = [pairs[key] for key in sorted(pairs)]
        return State(
            run,
            time,
            tuple(row for row, _ in ordered),
            tuple(each for _, each in ordered),
            tuple(entries_before),
        )

    def _pairs(self) -> Iterable[tuple[StateRow, WorkspaceState]]:
        return zip(self.rows, self.workspaces, strict=True)

    def check_rows(self, origin: str) -> None:
        """Raise Unreadable unless each row is the one that its workspace gives.

        `decode_state` does not check this. It matters for a state that no run has published yet.
        """
        for row, workspace in self._pairs():
            if row != row_of(origin, workspace):
                raise Unreadable(f"the row of {workspace.workspace_id} is not that of its tree")

    @property
    def encoded(self) -> bytes:
        """The bytes of the state object. One state has only one encoding."""
        start = _START.pack(len(self.rows), FORMAT, self.run)
        rows = (_ROW.pack(*row) for row in self.rows)
        details = (part for each in self.workspaces for part in encode_details(each))
        return b"".join([start, *rows, *details, *self._end()])

    def _end(self) -> Iterable[bytes]:
        yield _END.pack(self.time, len(self.entries_before))
        for each in self.entries_before:
            yield _ENTRY_LENGTH.pack(len(each.encoded))
            yield each.encoded


EMPTY_STATE = State(0, 0, (), ())
"""The state before the first run."""


def rows_end(count: int) -> int:
    """Where the rows of `count` workspaces end, in bytes from the start of the object."""
    return _START.size + count * _ROW.size


def read_rows(encoded: bytes) -> tuple[int, tuple[StateRow, ...]]:
    """The run and the rows, of the whole object or of its first `rows_end(count)` bytes.

    Raises Unreadable when there are fewer bytes, or when the keys do not ascend strictly.
    """
    if len(encoded) < _START.size:
        raise Unreadable("a state is cut off before its rows")
    count, version, run = _START.unpack_from(encoded)
    if version != FORMAT:
        raise Unreadable(f"state format {version} is unknown; this version reads {FORMAT}")
    if len(encoded) < rows_end(count):
        raise Unreadable(f"a state is cut off among its {count} rows")
    rows = tuple(map(StateRow._make, _ROW.iter_unpack(encoded[_START.size : rows_end(count)])))
    if not all(before.key < after.key for before, after in pairwise(rows)):
        raise Unreadable("the rows of a state are not in the order of their keys")
    return run, rows


def decode_state(encoded: bytes) -> State:
    """Read exactly what `State.encoded` returns. Raises Unreadable for all else."""
    run, rows = read_rows(encoded)
    workspaces, at = list[WorkspaceState](), rows_end(len(rows))
    try:
        for row in rows:
            workspace, at = read_details(encoded, at, row)
            workspaces.append(workspace)
        time, entries, at = _read_end(encoded, at)
    except (struct.error, UnicodeDecodeError) as error:
        raise Unreadable(f"not a state: {error}") from None
    if at != len(encoded):
        raise Unreadable("a state holds more or less than it says")
    return State(run, time, rows, tuple(workspaces), entries)


def _read_end(encoded: bytes, at: int) -> tuple[int, tuple[Entry, ...], int]:
    """The time of the run, its entries but the run entry, and where they end."""
    time, count = _END.unpack_from(encoded, at)
    if time > MAX_NUMBER:
        raise Unreadable("the time of a state is none")
    at += _END.size
    entries = list[Entry]()
    for _ in range(count):
        (length,) = _ENTRY_LENGTH.unpack_from(encoded, at)
        at += _ENTRY_LENGTH.size
        entries.append(read_entry(encoded[at : at + length]))
        at += length
    return time, tuple(entries), at


def find_workspace(encoded: bytes, rows: Iterable[StateRow], key: bytes) -> WorkspaceState | None:
    """The workspace whose row has this key, from a whole state object, or None.

    `rows` are those of the object. The workspaces before it are passed over, not read. So most
    damage is not noticed: compare the object's SHA-256 before. Raises Unreadable for some of it.
    """
    rows = [*rows]
    at = rows_end(len(rows))
    try:
        for row in rows:
            if row.key == key:
                return read_details(encoded, at, row)[0]
            at = details_end(encoded, at, row)
    except (struct.error, ValueError) as error:  # also UnicodeDecodeError
        raise Unreadable(f"not a state: {error}") from None
    return None
