"""Encodings of text and bytes that several packages share."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import TypeVar

from .errors import Unreadable

Source = TypeVar("Source")
Value = TypeVar("Value")


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
