"""Sets of offsets within a block, as the bits of one number."""

from __future__ import annotations

from collections.abc import Iterable, Iterator


def bits_of(offsets: Iterable[int], span: int) -> int:
    """These offsets, all less than `span`, as bits."""
    bitmap = bytearray(span // 8)
    for offset in offsets:
        bitmap[offset >> 3] |= 1 << (offset & 7)
    return int.from_bytes(bitmap, "little")


def all_of(span: int) -> int:
    """Every offset less than `span`."""
    return (1 << span) - 1


def descending(bits: int) -> Iterator[int]:
    """The offsets, the highest first."""
    digits = f"{bits:b}"
    place = digits.find("1")
    while place >= 0:
        yield len(digits) - 1 - place
        place = digits.find("1", place + 1)
