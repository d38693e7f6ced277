"""Claims, as two requests make them on the same keys."""

from __future__ import annotations

from indelible.ingest.ports import Claim, Key, Taken

NOW = 1_795_466_588_000_000
ALL = Taken({}, {})
"""Every key was claimed."""

INSERT = "BatchExecuteStatement"


def some(count: int, of: str = "a") -> dict[Key, Claim]:
    """Claims on key-0, key-1, …; `of` names the request that made them."""
    return {f"key-{n}": Claim(f"event-{of}-{n}", NOW + n, a_digest(of)) for n in range(count)}


def a_digest(of: str) -> bytes:
    """A stand-in for the digest of a content."""
    return b"\x01" + of.encode() * 32
