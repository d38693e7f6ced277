"""Sizes: how large the parts and chunks of an export's file are. Tests pass smaller ones."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sizes:
    """The sizes of an exporter.

    A chunk ends with the segment with which it has `chunk_records` records, or `chunk_bytes` bytes
    before compression, or with which `compared_bytes` of records were compared with the filters.
    """

    part_bytes: int = 8 * 1024 * 1024
    """Minimum size of every part but the last. S3 needs 5 MiB.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html"""

    max_parts: int = 10_000
    """S3's maximum, from the same page: files of at least 80 GB."""

    chunk_records: int = 10_000
    chunk_bytes: int = 4 * 1024 * 1024
    compared_bytes: int = 32 * 1024 * 1024
    """Searching 8 MiB takes at most about 4 s of processor time, for the most hostile text."""


SIZES = Sizes()
"""The sizes of every exporter that is deployed."""
