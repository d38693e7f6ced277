"""Sets of offsets within a block, as the bits of one integer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator


def bits_of(offsets: Iterable[int], span: int) -> int:
    """Return the bits of these offsets, which are less than `span`, a multiple of 8."""
    bitmap = bytearray(span // 8)
    for offset in offsets:
        bitmap[offset >> 3] |= 1 << (offset & 7)
    return int.from_bytes(bitmap, "little")


def all_of(span: int) -> int:
    """Return the bits of every offset less than `span`."""
    return (1 << span) - 1


def descending(bits: int) -> Iterator[int]:
    """Yield the offsets, the highest first."""
    digits = f"{bits:b}"
    place = digits.find("1")
    while place >= 0:
        yield len(digits) - 1 - place
        place = digits.find("1", place + 1)
