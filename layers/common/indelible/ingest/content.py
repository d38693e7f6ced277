"""Content digests, which distinguish a retry of an idempotency key from another event."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import msgspec

VERSION = b"\x01"
"""First byte of every digest. Digests of different versions cannot be compared."""

_LEFT_OUT = ("idempotency_key", "occurred_at")
"""Fields that are not part of the content. The key identifies it, and a retry may have a new
time."""

_encode = msgspec.json.Encoder(order="deterministic").encode


def digest_content(fields: Mapping[str, Any]) -> bytes:
    """The digest of an event's validated fields: the version byte and a SHA-256, 33 bytes.

    The SHA-256 is over compact JSON in UTF-8, without `idempotency_key` and `occurred_at`. The
    names of every object are sorted by code point.
    """
    content = dict(fields)
    for name in _LEFT_OUT:
        content.pop(name, None)
    return VERSION + sha256(_encode(content)).digest()


def differ(one: bytes | None, other: bytes | None) -> bool:
    """Whether two digests prove that the contents are different.

    They prove nothing when one is missing or when their versions differ.
    """
    if one is None or other is None or one[:1] != other[:1]:
        return False
    return one != other
