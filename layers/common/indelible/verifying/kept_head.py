"""A kept head: a head of a chain that an auditor noted earlier, for comparison with the chain.

It shows whether the end of the chain was cut off. Verifying alone cannot show this, because a chain
that ends earlier is valid.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ..chain.hashes import HASH_BYTES
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

    @property
    def found(self) -> bytes | None:
        """The hash that was noted last, or None."""
        return self._found

    def unfound(self) -> KeptHead:
        """The same head, with nothing found yet."""
        return KeptHead(self.sequence, self.event_hash)

    def note(self, event_hashes: Iterable[tuple[int, Sequence[bytes]]]) -> None:
        """Note the hash at the sequence, if it is among these.

        `event_hashes` are pairs of a sequence and the event hashes of the records from there on.
        """
        for first_sequence, hashes in event_hashes:
            if first_sequence <= self.sequence < first_sequence + len(hashes):
                self._found = hashes[self.sequence - first_sequence]

    def check(self) -> Break | None:
        """The break if the chain does not have the kept head, or None. Call it last."""
        if self._found == self.event_hash:
            return None
        actual = self._found.hex() if self._found else "no such record"
        return Break(BreakType.CHAIN_BREAK, self.sequence, None, self.event_hash.hex(), actual)
