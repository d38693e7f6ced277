"""Caseless text: two texts that differ in case or form only have the same caseless text.

This is Unicode's compatibility caseless matching (The Unicode Standard, section 3.13, D146), and
the dotted and dotless i of Turkish are one letter too: `istanbul` finds `İSTANBUL`.
"""

from __future__ import annotations

import re
from unicodedata import combining, normalize

_MARKS = 30
"""Combining marks in a row that are compared. Normalizing more of them takes quadratic time, so
they are separated, as UAX #15 has it (Stream-Safe Text Format)."""

_GRAPHEME_JOINER = "\u034f"
_TURKISH_I = re.compile("[i\u0131]\u0307+|\u0131")
"""The other spellings of `i`: without a dot, or with another dot above it."""

_RUN_OF_MARKS = re.compile(rb"[^\0]{%d}" % _MARKS)
_MANY_MARKS = re.compile(f"[\u0300-\U0010ffff]{{{_MARKS}}}")
"""Finds every run of marks, and other text: no character below is a combining mark."""


def caseless(text: str) -> str:
    """The caseless text."""
    if text.isascii():
        return text.lower()
    if _MANY_MARKS.search(text):
        text = _separate_marks(text)
    folded = normalize("NFKC", normalize("NFD", text).casefold()).casefold()
    # Before the last step, so that marks after the letter are composed with it.
    return normalize("NFKC", _TURKISH_I.sub("i", folded))


def _separate_marks(text: str) -> str:
    """The text with a grapheme joiner after each `_MARKS` combining marks in a row."""
    classes = bytes(map(combining, text))
    ends = [match.end() for match in _RUN_OF_MARKS.finditer(classes)]
    starts = [0, *ends]
    return _GRAPHEME_JOINER.join(
        text[start:end] for start, end in zip(starts, [*ends, None], strict=True)
    )
