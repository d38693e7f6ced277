"""Encodings of text and bytes that several packages share."""

from __future__ import annotations


def replace_surrogates(text: str) -> str:
    """The text with what UTF-8 cannot carry replaced, for use in messages and comparisons."""
    return text.encode("utf-8", "replace").decode()
