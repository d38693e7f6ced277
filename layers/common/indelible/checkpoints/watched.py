"""What the watcher knows of a workspace: findings without any content of events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

LOG = ""
"""Stands for the log in place of a workspace id."""

BACKDATED = "backdated"
"""A record that was chained long after it says. It is a warning: a waiting event is no break."""


class Finding(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Something that was found since `since` (microseconds), in a part of a chain or of the log.

    `unit` names the part, so that it can be checked again. `sequence` is that of a record, or the
    number of a run.
    """

    workspace_id: str
    unit: str
    kind: str
    sequence: int
    since: int
    detail: str

    @property
    def is_warning(self) -> bool:
        """Whether it may have an innocent reason, which only people can know."""
        return self.kind == BACKDATED


@dataclass(frozen=True, slots=True)
class Watched:
    """What is known of a workspace. Times are in microseconds, 0 for never.

    `round_at` is when the last whole round has read the end of its chain, and `head_at` when its
    head was last checked before this was written.
    """

    findings: Sequence[Finding]
    round_at: int
    head_at: int

    @property
    def is_valid(self) -> bool:
        """Whether nothing was found but warnings."""
        return all(each.is_warning for each in self.findings)
