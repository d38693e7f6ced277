"""What an audit of a log compares, and what it finds."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from support.trees import slow_root


@dataclass
class Truth:
    """What the records of one epoch of a workspace really are.

    `ends` are the last sequences of its segments.
    """

    leaves: list[bytes] = field(default_factory=list)
    ends: set[int] = field(default_factory=lambda: {0})


@dataclass(frozen=True)
class Row:
    """A workspace in one run."""

    size: int
    epoch: int


@dataclass
class Audit:
    """The log that was read. `broken` says what is wrong with it; nothing is, if it is empty."""

    origin: str
    entries: list[bytes] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    texts: list[bytes] = field(default_factory=list)
    rows: list[dict[str, Row]] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    @property
    def leaves(self) -> list[bytes]:
        """The leaf hashes of the log."""
        return [sha256(b"\x00" + each).digest() for each in self.entries]

    def add(self, entries: Sequence[bytes], text: bytes, rows: dict[str, Row]) -> None:
        """Note what one run has published."""
        self.entries += entries
        self.sizes.append(len(self.entries))
        self.texts.append(text)
        self.rows.append(rows)

    def text_at(self, size: int) -> bytes:
        """The one text that may ever be signed for this size."""
        return text_of(self.origin, size, slow_root(self.leaves[:size]))


def text_of(origin: str, size: int, root: bytes) -> bytes:
    """The three lines of a checkpoint."""
    return f"{origin}\n{size}\n{b64encode(root).decode()}\n".encode()
