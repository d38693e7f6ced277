"""Budgets: how much one request may read, so that no chain is too long for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..chain.segment import Segment

STORED_BYTES = 8 * 1024 * 1024
"""Maximum size of the segments, as stored: 2,048 consistent read units of 4 KB. The last page may
exceed it."""

PLAIN_BYTES = 64 * 1024 * 1024
"""Maximum size of the records after decompression, because records that compress well take time."""

SECONDS = 3.0
"""Maximum time from the beginning of a request until it stops reading. Most HTTP clients of this
API give up after 5 seconds."""


@dataclass(slots=True)
class Budget:
    """What a request may still read: seconds, stored bytes and decompressed bytes."""

    remaining_seconds: Callable[[], float]
    stored_bytes: int = STORED_BYTES
    plain_bytes: int = PLAIN_BYTES

    def count(self, stored_bytes: int) -> None:
        """Subtract bytes of the index that have been read."""
        self.stored_bytes -= stored_bytes

    def spend(self, segment: Segment, records: Sequence[bytes]) -> None:
        """Subtract a segment that has been read, and its records."""
        self.stored_bytes -= segment.stored_bytes
        self.plain_bytes -= sum(map(len, records))

    @property
    def spent(self) -> int:
        """The stored bytes spent. Records that compress well count by their decompressed size."""
        plain = (PLAIN_BYTES - self.plain_bytes) * STORED_BYTES // PLAIN_BYTES
        return max(STORED_BYTES - self.stored_bytes, plain)

    @property
    def is_late(self) -> bool:
        """Whether the time is over."""
        return self.remaining_seconds() <= 0

    @property
    def is_spent(self) -> bool:
        """Whether nothing more may be read."""
        return self.stored_bytes <= 0 or self.plain_bytes <= 0 or self.is_late
