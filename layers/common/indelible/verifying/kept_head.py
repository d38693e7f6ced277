"""A kept head: a head of a chain that an auditor noted earlier, for comparison with the chain.

It shows whether the end of the chain was cut off. Verifying alone cannot show this, because a chain
that ends earlier is valid.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from ..chain.hashes import HASH_BYTES
from ..chain.segment import Damaged, Segment, event_hash_at
from ..errors import Unreadable
from .breaks import Break, BreakType


@dataclass(slots=True)
class KeptHead:
    """The event hash that a chain must have at a sequence, and the hash that was found there."""

    sequence: int
    event_hash: bytes
    _found: bytes | None = field(default=None, init=False)

    @classmethod
    def read(cls, text: str) -> KeptHead:
        """Read `SEQUENCE:HASH`, as `indelible verify` prints it.

        Raises ValueError, whose text says what to change.
        """
        number, _, digits = text.partition(":")
        try:
            sequence, event_hash = int(number), bytes.fromhex(digits)
        except ValueError:
            sequence, event_hash = 0, b""
        if sequence < 1 or len(event_hash) != HASH_BYTES:
            raise ValueError("must be a sequence, a colon and an event hash, such as 42:9f86…")
        return cls(sequence, event_hash)

    def watch(self, segments: Iterable[Segment | Damaged]) -> Iterator[Segment | Damaged]:
        """Yield the same segments, and note the event hash at the sequence as it passes.

        The hash comes from the stored leaf hashes, so it counts only if `verify` finds no break in
        them.
        """
        for segment in segments:
            if isinstance(segment, Segment) and (
                segment.first_sequence <= self.sequence <= segment.last_sequence
            ):
                self._found = self._look_into(segment)
            yield segment

    def _look_into(self, segment: Segment) -> bytes | None:
        try:
            return event_hash_at(segment, self.sequence)
        except Unreadable:
            return None

    def note(self, first_sequence: int, event_hashes: Sequence[bytes]) -> None:
        """Note these event hashes of the records from `first_sequence` on."""
        if first_sequence <= self.sequence < first_sequence + len(event_hashes):
            self._found = event_hashes[self.sequence - first_sequence]

    def check(self) -> Break | None:
        """The break if the chain does not have the kept head, or None. Call it last."""
        if self._found == self.event_hash:
            return None
        actual = self._found.hex() if self._found else "no such record"
        return Break(BreakType.CHAIN_BREAK, self.sequence, None, self.event_hash.hex(), actual)
