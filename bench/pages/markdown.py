"""Tables and paragraphs of the pages."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence

WIDTH = 100


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table. Every column but the first is aligned to the right."""
    lines = [heads, ["---", *["---:"] * (len(heads) - 1)], *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def text_table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of words."""
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [heads, ["---"] * len(heads), *rows])


def filled(text: str) -> str:
    """A paragraph or a list item in lines of at most WIDTH characters."""
    indent = "  " if text.startswith("- ") else ""
    words = " ".join(text.split())
    return textwrap.fill(
        words, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )


def page(*parts: str) -> str:
    """The parts, a blank line between two, and a line's end."""
    return "\n\n".join(parts) + "\n"


def dollars(value: float) -> str:
    """Dollars to three places, or two from one dollar on."""
    return f"{value:.2f}" if value >= 1 else f"{value:.3f}"
