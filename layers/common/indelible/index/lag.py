"""The lag: how far the index is behind its chain, and whether an operator should know."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..chain.segment import Segment
from ..times import SECOND
from .candidates import Span
from .levels import GEOMETRY, Level

PATIENCE = 5 * 60 * SECOND
"""Microseconds. The indexer normally builds a block within seconds."""


@dataclass(slots=True)
class Lag:
    """The part of a chain that one list had to read without the index.

    `records` counts the records there. `since` is the created_at (microseconds) of the oldest
    segment read there that follows a complete block. It is None when no complete block was met: an
    incomplete block is never indexed.
    """

    records: int = 0
    since: int | None = None
    narrow: Level = field(default=GEOMETRY.narrow, compare=False)

    def add(self, span: Span) -> None:
        """Count the records of an unindexed span."""
        self.records += span.last - span.first + 1

    def read(self, span: Span, segment: Segment) -> None:
        """Take note of a segment that was read in an unindexed span, or above it."""
        block = self.narrow.block_of(span.first + self.narrow.span - 1)
        end = self.narrow.first_sequence(block + 1) - 1
        if end <= span.last and end < segment.first_sequence:
            self.since = min(self.since or segment.last_created_at, segment.last_created_at)

    def is_behind(self, now: int) -> bool:
        """Return whether a block has been due for longer than PATIENCE at `now` (microseconds)."""
        return self.since is not None and self.since < now - PATIENCE
