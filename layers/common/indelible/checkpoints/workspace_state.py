"""What the state has of one workspace: how far it is covered, and what keeps it from more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from ..chain.hashes import EMPTY, Head
from ..encoding import replace_surrogates
from ..tlog.compact_range import EMPTY_RANGE, CompactRange
from .workspace_checkpoint import WorkspaceCheckpoint
from .workspace_map import row_key

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
