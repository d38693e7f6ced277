"""Encodings of text, numbers and bytes that several packages share."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import TypeVar

from .errors import Unreadable

Source = TypeVar("Source")
Value = TypeVar("Value")

MAX_DIGITS = 17
"""Significant digits that identify a double. A number with more is cut by every reader."""

OUT_OF_RANGE = 10**20
"""Replaces every integer of more than `_MAX_INTEGER` digits. It does not fit in 64 bits either.

Python raises ValueError for an integer of more than 4,300 digits.
"""

_MAX_INTEGER = 1_000


def read_json(decode: Callable[[Source], Value], source: Source, name: str) -> Value:
    """Decode JSON with `decode`. Raises Unreadable ("not {name}") when that fails.

    ValueError is the base class of msgspec's errors for wrong JSON, types and UTF-8.
    """
    try:
        return decode(source)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"not {name}: {error}") from None


def replace_surrogates(text: str) -> str:
    """The text with each unpaired surrogate, which UTF-8 cannot carry, as a question mark."""
    return text.encode("utf-8", "replace").decode()


class ChangedNumber(float):
    """A number that reading changed: digits were cut, or it is not 0 and was read as 0."""

    __slots__ = ()


def read_number(text: str) -> float:
    """The number, as ChangedNumber if reading changed it. One beyond all doubles is infinite.

    A number with a fraction or an exponent is a double (IEEE 754) to nearly every reader of JSON.
    """
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


def to_base64url(plain: bytes) -> str:
    """Bytes as text that needs no escaping in a URL: base64url without padding (RFC 4648, § 5)."""
    return base64.urlsafe_b64encode(plain).decode().rstrip("=")


def from_base64url(text: str) -> bytes:
    """Decode what `to_base64url` returned. Raises ValueError for any other text.

    The standard library's decoder also accepts other spellings. They are refused here.
    """
    plain = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if to_base64url(plain) != text:
        raise ValueError("not base64url in its one spelling")
    return plain
