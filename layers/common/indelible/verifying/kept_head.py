"""A kept head: what an auditor noted of a chain earlier, to find out whether its end was cut off.

Verifying alone cannot see that: a chain that ends early is a chain.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from ..chain.hashes import HASH_BYTES
from ..chain.segment import Damaged, Segment, event_hashes
from ..errors import Unreadable
from .segments import Break, BreakType


@dataclass(slots=True)
class KeptHead:
    """The event hash a chain must have at a sequence, and what it turns out to have there."""

    sequence: int
    event_hash: bytes
    _found: bytes | None = field(default=None, init=False)

    @classmethod
    def read(cls, text: str) -> KeptHead:
        """Read `SEQUENCE:HASH`, as `indelible verify` writes it. ValueError says what to change."""
        number, _, digits = text.partition(":")
        try:
            sequence, event_hash = int(number), bytes.fromhex(digits)
        except ValueError:
            sequence, event_hash = 0, b""
        if sequence < 1 or len(event_hash) != HASH_BYTES:
            raise ValueError("must be a sequence, a colon and an event hash, such as 42:9f86…")
        return cls(sequence, event_hash)

    def watch(self, segments: Iterable[Segment | Damaged]) -> Iterator[Segment | Damaged]:
        """The same segments, looked at as they pass. Only what `verify` finds whole counts."""
        for segment in segments:
            if isinstance(segment, Segment) and (
                segment.first_sequence <= self.sequence <= segment.last_sequence
            ):
                self._found = _event_hash_at(segment, self.sequence)
            yield segment

    def note(self, first_sequence: int, links: Sequence[bytes]) -> None:
        """Look at the event hashes of the records from `first_sequence` on."""
        if first_sequence <= self.sequence < first_sequence + len(links):
            self._found = links[self.sequence - first_sequence]

    def check(self) -> Break | None:
        """What is wrong, once all segments have passed."""
        if self._found == self.event_hash:
            return None
        actual = self._found.hex() if self._found else "no such record"
        return Break(BreakType.CHAIN_BREAK, self.sequence, None, self.event_hash.hex(), actual)


def _event_hash_at(segment: Segment, sequence: int) -> bytes | None:
    try:
        return event_hashes(segment)[sequence - segment.first_sequence]
    except Unreadable:
        return None
