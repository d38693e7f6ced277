"""Sizes: how much a look-up reads at most. Tests pass smaller ones."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sizes:
    """The upper bounds of a look-up. Bytes are stored bytes of segments."""

    landmark_distance: int = 4_096
    """Sequences between two landmarks, if all of them are read. Where there are more, a binary
    search is used: in a chain of ten million events it takes about twenty calls."""

    end_bytes: int = 1024 * 1024
    """Bytes read after the last landmark before the index is read again: a page of a query."""

    displaced_bytes: int = 8 * 1024 * 1024
    """Bytes read to find a displaced event."""


SIZES = Sizes()
"""The sizes of every reader that is deployed."""
