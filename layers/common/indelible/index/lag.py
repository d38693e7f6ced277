"""The lag: whether lists find an index so far behind its chain that somebody should know."""

from __future__ import annotations

from dataclasses import dataclass

from ..chain.segment import Segment
from .candidates import Span
from .levels import NARROW

PATIENCE = 5 * 60 * 1_000_000
"""Microseconds. The indexer begins within seconds of the segment that follows a block."""


@dataclass(slots=True)
class Lag:
    """What one list has met of a chain that no page of the index covers.

    `since` is the created_at (microseconds) of the oldest segment read there that follows a
    complete block. None when there is no such block: what is not complete is not indexed yet.
    """

    records: int = 0
    since: int | None = None

    def add(self, span: Span) -> None:
        """Count the records of an unindexed span."""
        self.records += span.last - span.first + 1

    def read(self, span: Span, segment: Segment) -> None:
        """Look at a segment that has been read in an unindexed span, or above it."""
        block = NARROW.block_of(span.first + NARROW.span - 1)
        end = NARROW.first_sequence(block + 1) - 1
        if end <= span.last and end < segment.first_sequence:
            self.since = min(self.since or segment.last_created_at, segment.last_created_at)

    def is_behind(self, now: int) -> bool:
        """Whether a block was due for longer than PATIENCE at `now` (microseconds)."""
        return self.since is not None and self.since < now - PATIENCE
