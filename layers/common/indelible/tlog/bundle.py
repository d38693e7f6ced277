"""Bundles: the entries of a log, 256 together (c2sp.org/tlog-tiles)."""

from __future__ import annotations

from collections.abc import Iterable

_LENGTH_BYTES = 2


def encode_bundle(entries: Iterable[bytes]) -> bytes:
    """Entries one after the other, each after its length in two bytes, big-endian.

    Raises OverflowError for an entry of more than 65,535 bytes.
    """
    return b"".join(len(each).to_bytes(_LENGTH_BYTES) + each for each in entries)
