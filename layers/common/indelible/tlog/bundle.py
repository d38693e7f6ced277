"""Bundles: the entries of a log, 256 together (c2sp.org/tlog-tiles)."""

from __future__ import annotations

from collections.abc import Iterable

from ..errors import Unreadable

_LENGTH_BYTES = 2


def encode_bundle(entries: Iterable[bytes]) -> bytes:
    """Entries one after the other, each after its length in two bytes, big-endian.

    Raises OverflowError for an entry of more than 65,535 bytes.
    """
    return b"".join(len(each).to_bytes(_LENGTH_BYTES) + each for each in entries)


def decode_bundle(encoded: bytes) -> list[bytes]:
    """The entries of a bundle. Raises Unreadable when the lengths do not add up to its end."""
    entries, at = list[bytes](), 0
    while at < len(encoded):
        start = at + _LENGTH_BYTES
        at = start + int.from_bytes(encoded[at:start])
        if at > len(encoded):
            raise Unreadable("a bundle of entries is cut off")
        entries.append(encoded[start:at])
    return entries
