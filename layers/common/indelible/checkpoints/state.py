"""The state object: what the next run has to know of each workspace.

Numbers are big-endian, times are microseconds and signed, all else is unsigned:

    the number of workspaces, the format (1), the run          4, 4 and 8 bytes
    for each workspace, keys ascending                         112 bytes each
        key, SHA-256 of its checkpoint's text                  32 and 32 bytes
        size, epoch, root                                      8, 8 and 32 bytes
    for each workspace, in the same order                      about 350 bytes each
        event hash, created_at of the last covered record      32 and 8 bytes
        first sequence of the last covered segment             8 bytes
        growth: since when it waits, last sequence; or zeros   8 and 8 bytes
        bytes of the workspace id, whether it is held          1 and 1 bytes
        the number of restarts                                 1 byte
        the workspace id, the hashes of the compact range      32 bytes for each bit set in size
        the run of each restart                                8 bytes each
        if it is held: since, sequence, two lengths, two texts 8, 8, 1 and 2 bytes, then UTF-8

The rows come first, so a reader that wants only them reads the first `rows_end(count)` bytes.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from struct import Struct

from ..chain.hashes import HASH_BYTES
from ..errors import Unreadable
from ..identifiers import is_workspace_id
from ..tlog.compact_range import CompactRange
from ..tlog.spelling import MAX_NUMBER
from .workspace_map import Row, row_key
from .workspace_state import Growth, Hold, StateRow, WorkspaceState, row_of

FORMAT = 1
_START = Struct(">IIQ")
_ROW = Struct(">32s32sQQ32s")
_DETAILS = Struct(">32sqQqQBBB")
_COUNTS = 3
"""The last bytes of _DETAILS: the length of the id, whether it is held, and its restarts."""
_HOLD = Struct(">qQBH")
_RUN_BYTES = 8


@dataclass(frozen=True, slots=True)
class State:
    """All workspaces after a run. `rows` and `workspaces` are parallel, keys ascending."""

    run: int
    rows: tuple[StateRow, ...]
    workspaces: tuple[WorkspaceState, ...]

    @property
    def map_rows(self) -> list[Row]:
        """The rows of the map of this run."""
        return [Row(row.key, row.text_sha256) for row in self.rows]

    def after(self, run: int, origin: str, changed: Iterable[WorkspaceState]) -> State:
        """The state of a later run, in which these workspaces are new or have changed.

        `origin` is that of the log. The rows of other workspaces stay as they are.
        """
        pairs = dict(zip((row.key for row in self.rows), self._pairs(), strict=True))
        for workspace in changed:
            row = row_of(origin, workspace)
            pairs[row.key] = row, workspace
        ordered = [pairs[key] for key in sorted(pairs)]
        return State(run, tuple(row for row, _ in ordered), tuple(each for _, each in ordered))

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
        return b"".join([start, *(_ROW.pack(*row) for row in self.rows), *self._details()])

    def _details(self) -> Iterable[bytes]:
        for each in self.workspaces:
            name = each.workspace_id.encode()
            yield _DETAILS.pack(
                each.event_hash, each.last_created_at, each.last_segment,
                *(each.growth or _NO_GROWTH), len(name), each.hold is not None, len(each.restarts),
            )  # fmt: skip
            yield name
            yield from each.tree.hashes
            yield _runs(len(each.restarts)).pack(*each.restarts)
            if each.hold:
                kind, reason = each.hold.kind.encode(), each.hold.reason.encode()
                yield _HOLD.pack(each.hold.since, each.hold.sequence, len(kind), len(reason))
                yield kind + reason


_NO_GROWTH = Growth(0, 0)
EMPTY_STATE = State(0, (), ())
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
            workspace, at = _read_workspace(encoded, at, row)
            workspaces.append(workspace)
    except (struct.error, UnicodeDecodeError) as error:
        raise Unreadable(f"not a state: {error}") from None
    if at != len(encoded):
        raise Unreadable("a state holds more or less than it says")
    return State(run, rows, tuple(workspaces))


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
                return _read_workspace(encoded, at, row)[0]
            at += _length_at(encoded, at, row)
    except (struct.error, ValueError) as error:  # also UnicodeDecodeError
        raise Unreadable(f"not a state: {error}") from None
    return None


def _length_at(encoded: bytes, at: int, row: StateRow) -> int:
    """The bytes of the workspace of this row."""
    name, held, restarts = encoded[at + _DETAILS.size - _COUNTS : at + _DETAILS.size]
    length = _DETAILS.size + name + HASH_BYTES * row.size.bit_count() + _RUN_BYTES * restarts
    if held:
        _, _, kind, reason = _HOLD.unpack_from(encoded, at + length)
        length += _HOLD.size + kind + reason
    return length


def _read_workspace(encoded: bytes, at: int, row: StateRow) -> tuple[WorkspaceState, int]:
    """The workspace of this row, and where the next one begins."""
    event_hash, created_at, segment, since, seen, length, held, restarted = _DETAILS.unpack_from(
        encoded, at
    )
    at += _DETAILS.size
    name = encoded[at : at + length].decode()
    if not is_workspace_id(name) or row_key(name) != row.key:
        raise Unreadable("the workspaces of a state are not those of its rows")
    at += length
    hashes = _hashes(row.size.bit_count())
    tree = CompactRange(row.size, hashes.unpack_from(encoded, at))
    at += hashes.size
    runs = _runs(restarted)
    restarts = runs.unpack_from(encoded, at)
    at += runs.size
    if held > 1 or (seen and not since) or max(row.size, row.epoch) > MAX_NUMBER:
        raise Unreadable(f"the state of {name} is not written as it must be")
    growth = Growth(since, seen) if since else None
    hold, at = _read_hold(encoded, at) if held else (None, at)
    workspace = WorkspaceState(
        name, row.epoch, tree, event_hash, created_at, segment, restarts, growth, hold
    )
    return workspace, at


@cache
def _hashes(count: int) -> Struct:
    return Struct(f"{HASH_BYTES}s" * count)


@cache
def _runs(count: int) -> Struct:
    return Struct(f">{count}Q")


def _read_hold(encoded: bytes, at: int) -> tuple[Hold, int]:
    since, sequence, kind_bytes, reason_bytes = _HOLD.unpack_from(encoded, at)
    kind_at = at + _HOLD.size
    reason_at = kind_at + kind_bytes
    end = reason_at + reason_bytes
    kind, reason = encoded[kind_at:reason_at].decode(), encoded[reason_at:end].decode()
    return Hold(since, kind, sequence, reason), end
