"""Numbers in JSON texts: those that a reader may change are marked when they are read.

A number with a fraction or an exponent is a double (IEEE 754) to nearly every reader of JSON.
"""

from __future__ import annotations

MAX_DIGITS = 17
"""Significant digits that identify a double. A number with more is cut by every reader."""

OUT_OF_RANGE = 10**20
"""Replaces every integer of more than `_MAX_INTEGER` digits. It does not fit in 64 bits either.

Python raises ValueError for an integer of more than 4,300 digits.
"""

_MAX_INTEGER = 1_000


class ChangedNumber(float):
    """A number that reading changed: digits were cut, or it is not 0 and was read as 0."""

    __slots__ = ()


def read_number(text: str) -> float:
    """The number, as ChangedNumber if reading changed it. One beyond all doubles is infinite."""
    value = float(text)
    if value and len(text) <= MAX_DIGITS:
        return value
    mantissa = text.upper().partition("E")[0]
    digits = mantissa.replace(".", "").lstrip("-0").rstrip("0")
    is_changed = len(digits) > MAX_DIGITS or (digits and not value)
    return ChangedNumber(value) if is_changed else value


def read_integer(digits: str) -> int:
    """The integer, or OUT_OF_RANGE if it is very long."""
    return OUT_OF_RANGE if len(digits) > _MAX_INTEGER else int(digits)
