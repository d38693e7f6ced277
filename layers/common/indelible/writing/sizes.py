"""Sizes: upper bounds on what the writer parses, packs and remembers. Tests pass smaller ones."""

from __future__ import annotations

from dataclasses import dataclass

from ..chain.segment import MAX_COMPRESSED_BYTES, MAX_RECORDS


@dataclass(frozen=True, slots=True)
class Sizes:
    """The upper bounds of a writer."""

    portion_bytes: int = 4 * 1024 * 1024
    """JSON that is parsed before it is committed. Hostile JSON grows thirtyfold when it is parsed,
    and the same delivery carries other workspaces' messages."""

    segment_records: int = MAX_RECORDS
    segment_bytes: int = MAX_COMPRESSED_BYTES

    remembered_segments: int = 4
    """Segments in a tail: enough for those that overlapping requests and other writers append in
    the meantime."""

    remembered_chains: int = 64
    """Tails that a warm writer keeps. Each has the ids of at most 4,000 events (0.5 MB), so all of
    them take at most about 30 MB."""


SIZES = Sizes()
"""The sizes of every writer that is deployed."""
