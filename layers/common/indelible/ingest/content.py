"""Content: a digest of what an event says, by which repeats of an idempotency key are compared."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import msgspec

VERSION = b"\x01"
"""First byte of every digest. Digests of different versions cannot be compared."""

_LEFT_OUT = ("idempotency_key", "occurred_at")
"""The key is what the content is looked up by, and an honest retry may stamp a new time."""

_encode = msgspec.json.Encoder(order="deterministic").encode


def digest_content(fields: Mapping[str, Any]) -> bytes:
    """The version byte and the SHA-256 of an event's validated fields: 33 bytes.

    Hashed is compact JSON in UTF-8, without `idempotency_key` and `occurred_at`, with the names
    of every object sorted by code point.
    """
    content = dict(fields)
    for name in _LEFT_OUT:
        content.pop(name, None)
    return VERSION + sha256(_encode(content)).digest()


def differ(one: bytes | None, other: bytes | None) -> bool:
    """Whether two digests prove that the contents are different.

    They prove nothing when one is missing or is of another version.
    """
    if one is None or other is None or one[:1] != other[:1]:
        return False
    return one != other
