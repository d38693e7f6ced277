"""Budgets: what one request may read, so that no chain is too long for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..chain.segment import Segment

STORED_BYTES = 8 * 1024 * 1024
"""Of segments: 2,048 read units (4 KB each, consistent), and what a last page has besides."""

PLAIN_BYTES = 64 * 1024 * 1024
"""Of records: what compresses well is not free."""

SECONDS = 10.0
"""Well within the 29 seconds that API Gateway waits."""


@dataclass(slots=True)
class Budget:
    """What is left of it. `remaining_seconds` tells the time."""

    remaining_seconds: Callable[[], float]
    stored_bytes: int = STORED_BYTES
    plain_bytes: int = PLAIN_BYTES

    def spend(self, segment: Segment, records: Sequence[bytes]) -> None:
        """Count a segment that has been read, and its records."""
        self.stored_bytes -= segment.stored_bytes
        self.plain_bytes -= sum(map(len, records))

    @property
    def spent(self) -> int:
        """What has been spent, in stored bytes; records that compress well count by their size."""
        plain = (PLAIN_BYTES - self.plain_bytes) * STORED_BYTES // PLAIN_BYTES
        return max(STORED_BYTES - self.stored_bytes, plain)

    @property
    def is_spent(self) -> bool:
        """Whether nothing more may be read."""
        return min(self.stored_bytes, self.plain_bytes, self.remaining_seconds()) <= 0
