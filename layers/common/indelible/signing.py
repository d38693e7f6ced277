"""Signatures on values that leave the service and come back: HMAC-SHA256 (RFC 2104)."""

from __future__ import annotations

import hmac


def sign(key: bytes, purpose: str, message: bytes) -> bytes:
    """The signature, 32 bytes that only a holder of the key can make.

    `purpose` is a constant without NUL. A signature for one purpose is not valid for another.
    """
    return hmac.digest(key, purpose.encode() + b"\x00" + message, "sha256")


def is_signed(key: bytes, purpose: str, message: bytes, signature: bytes) -> bool:
    """Whether `sign` makes this signature. Compares in constant time."""
    return hmac.compare_digest(sign(key, purpose, message), signature)
