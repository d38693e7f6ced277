"""The order in which the records of a chain are read: newest first, or oldest first."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import TypeVar

Item = TypeVar("Item")

Range = tuple[int, int]
"""The sequences from the first to the last, both inclusive. None if the first is the greater."""


class Order(Enum):
    """Newest first (`desc`) or oldest first (`asc`). The values are those of the API."""

    DESC = "desc"
    ASC = "asc"

    def arrange(self, ascending: Sequence[Item]) -> Sequence[Item]:
        """Return these items, which ascend, in this order."""
        return ascending if self is Order.ASC else ascending[::-1]

    def begin(self, whole: Range) -> int:
        """Return the sequence of the range that is read first."""
        return whole[0 if self is Order.ASC else 1]

    def end(self, whole: Range) -> int:
        """Return the sequence of the range that is read last."""
        return whole[1 if self is Order.ASC else 0]

    def before(self, whole: Range, part: Range) -> Range:
        """Return what is read of the whole before its part. It may be empty."""
        (first, last), (low, high) = whole, part
        return (first, low - 1) if self is Order.ASC else (high + 1, last)

    def after(self, whole: Range, part: Range) -> Range:
        """Return what is read of the whole after its part. It may be empty."""
        (first, last), (low, high) = whole, part
        return (high + 1, last) if self is Order.ASC else (first, low - 1)
