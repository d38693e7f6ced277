"""Columns: numbers of one size, big-endian, one after the other; what the index stores."""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterable

UNSIGNED_2, UNSIGNED_4, SIGNED_8 = "H", "I", "q"
"""How many bytes a number has, by array's type codes."""


def write_column(code: str, numbers: Iterable[int]) -> bytes:
    """The numbers as bytes."""
    column = array(code, numbers)
    if sys.byteorder == "little":
        column.byteswap()
    return column.tobytes()


def read_column(code: str, plain: bytes) -> array[int]:
    """The numbers in those bytes, which are a whole number of them."""
    column = array(code, plain)
    if sys.byteorder == "little":
        column.byteswap()
    return column


def distances(numbers: Iterable[int]) -> list[int]:
    """Each number less the one before, the first one as it is. `accumulate` is the way back."""
    before, steps = 0, []
    for number in numbers:
        steps.append(number - before)
        before = number
    return steps
