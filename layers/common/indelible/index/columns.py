"""Columns: arrays of big-endian integers of one size, as the index stores them."""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterable

UNSIGNED_2, UNSIGNED_4, SIGNED_8 = "H", "I", "q"
"""Type codes of `array`; the digit is the number of bytes."""


def write_column(code: str, numbers: Iterable[int]) -> bytes:
    """Return the numbers as bytes."""
    column = array(code, numbers)
    if sys.byteorder == "little":
        column.byteswap()
    return column.tobytes()


def read_column(code: str, plain: bytes) -> array[int]:
    """Return the numbers in those bytes.

    Raises ValueError when the length is not a multiple of a number's size.
    """
    column = array(code, plain)
    if sys.byteorder == "little":
        column.byteswap()
    return column


def distances(numbers: Iterable[int]) -> list[int]:
    """Return the first number, then each difference to the number before; undo: `accumulate`."""
    before, steps = 0, []
    for number in numbers:
        steps.append(number - before)
        before = number
    return steps
