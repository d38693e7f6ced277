"""What the state has of one workspace: how far it is covered, and what keeps it from more.

In the state object, all that its row does not have is written as its details. Numbers are
big-endian, times are microseconds and signed, all else is unsigned:

    event hash, created_at of the last covered record      32 and 8 bytes
    first sequence of the last covered segment             8 bytes
    growth: since when it waits, last sequence; or zeros   8 and 8 bytes
    bytes of the workspace id, whether it is held          1 and 1 bytes
    the number of restarts                                 1 byte
    the workspace id, the hashes of the compact range      32 bytes for each bit set in size
    the run of each restart                                8 bytes each
    if it is held: since, sequence, two lengths, two texts 8, 8, 1 and 2 bytes, then UTF-8
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from struct import Struct
from typing import NamedTuple

from ..chain.hashes import EMPTY, HASH_BYTES, Head
from ..encoding import replace_surrogates
from ..errors import Unreadable
from ..identifiers import is_workspace_id
from ..tlog.compact_range import EMPTY_RANGE, CompactRange
from ..tlog.spelling import MAX_NUMBER
from .workspace_checkpoint import WorkspaceCheckpoint
from .workspace_map import row_key

_DETAILS = Struct(">32sqQqQBBB")
_COUNTS = 3
"""The last bytes of _DETAILS: the length of the id, whether it is held, and its restarts."""
_HOLD = Struct(">qQBH")
_RUN_BYTES = 8

MAX_REASON = 1_000
"""Characters of a hold's reason. A longer one is cut."""


MAX_RESTARTS = 255
"""Restarts of a workspace: the state counts them with one byte."""


class Growth(NamedTuple):
    """Records that are known and not covered: since when (microseconds), and the last sequence."""

    since: int
    last_sequence: int


@dataclass(frozen=True, slots=True)
class Hold:
    """Why a workspace is covered no further, from `sequence` on, since a time in microseconds.

    `kind` is the type of the break, such as `hash_mismatch`. `reason` is a text for people.
    """

    since: int
    kind: str
    sequence: int
    reason: str

    @classmethod
    def of(cls, since: int, kind: str, sequence: int, reason: str) -> Hold:
        """A hold whose reason may be any text. It is cut, and made valid UTF-8."""
        return cls(since, kind, sequence, replace_surrogates(reason[:MAX_REASON]))


class StateRow(NamedTuple):
    """A row of the state: the row of the map, and the numbers of the workspace checkpoint."""

    key: bytes
    text_sha256: bytes
    size: int
    epoch: int
    root: bytes


@dataclass(frozen=True, slots=True)
class WorkspaceState:
    """How far one workspace is covered: `tree` has the leaf hashes of all covered records.

    `event_hash` and `last_created_at` (microseconds) are those of the last covered record, and
    `last_segment` is the first sequence of its segment; 0 if no record is covered. `restarts`
    are the numbers of the runs that logged the end of each earlier epoch. `growth` is None when
    nothing waits to be covered. `hold` is None unless something keeps the workspace.
    """

    workspace_id: str
    epoch: int = 0
    tree: CompactRange = EMPTY_RANGE
    event_hash: bytes = EMPTY.event_hash
    last_created_at: int = EMPTY.created_at
    last_segment: int = 0
    restarts: tuple[int, ...] = ()
    growth: Growth | None = None
    hold: Hold | None = None

    @property
    def size(self) -> int:
        """The number of covered records: the sequence of the last one."""
        return self.tree.size

    @property
    def head(self) -> Head:
        """The head of the chain as far as it is covered."""
        return Head(self.tree.size, self.event_hash, self.last_created_at)

    def checkpoint(self, origin: str) -> WorkspaceCheckpoint:
        """The workspace checkpoint, for the log with this origin."""
        return WorkspaceCheckpoint(
            origin, self.workspace_id, self.epoch, self.tree.size, self.tree.root
        )


def row_of(origin: str, workspace: WorkspaceState) -> StateRow:
    """The row of a workspace, for the log with this origin."""
    checkpoint = workspace.checkpoint(origin)
    return StateRow(
        row_key(workspace.workspace_id),
        checkpoint.sha256,
        checkpoint.size,
        checkpoint.epoch,
        checkpoint.root,
    )


_NO_GROWTH = Growth(0, 0)


def encode_details(workspace: WorkspaceState) -> Iterator[bytes]:
    """The details of a workspace, in parts."""
    name = workspace.workspace_id.encode()
    yield _DETAILS.pack(
        workspace.event_hash,
        workspace.last_created_at,
        workspace.last_segment,
        *(workspace.growth or _NO_GROWTH),
        len(name),
        workspace.hold is not None,
        len(workspace.restarts),
    )
    yield name
    yield from workspace.tree.hashes
    yield _runs(len(workspace.restarts)).pack(*workspace.restarts)
    if workspace.hold:
        kind, reason = workspace.hold.kind.encode(), workspace.hold.reason.encode()
        yield _HOLD.pack(workspace.hold.since, workspace.hold.sequence, len(kind), len(reason))
        yield kind + reason


def details_end(encoded: bytes, at: int, row: StateRow) -> int:
    """Where the details of the workspace of this row end. They begin at `at`, and are not read.

    Raises struct.error or ValueError for most of what is cut off.
    """
    name, held, restarts = encoded[at + _DETAILS.size - _COUNTS : at + _DETAILS.size]
    length = _DETAILS.size + name + HASH_BYTES * row.size.bit_count() + _RUN_BYTES * restarts
    if held:
        _, _, kind, reason = _HOLD.unpack_from(encoded, at + length)
        length += _HOLD.size + kind + reason
    return at + length


def read_details(encoded: bytes, at: int, row: StateRow) -> tuple[WorkspaceState, int]:
    """The workspace of this row, and where its details end. They begin at `at`.

    Raises Unreadable when they are not the row's or not written as they must be, and struct.error
    or UnicodeDecodeError when they are cut off.
    """
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
