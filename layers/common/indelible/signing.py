"""Signing what leaves the service and comes back to it: HMAC-SHA256 (RFC 2104, FIPS 198-1)."""

from __future__ import annotations

import hmac


def sign(key: bytes, purpose: str, message: bytes) -> bytes:
    """The 32 bytes that only a holder of the key can make for this message and purpose.

    `purpose` is a word of ours, without NUL: what is signed for one is good for no other.
    """
    return hmac.digest(key, purpose.encode() + b"\x00" + message, "sha256")


def is_signed(key: bytes, purpose: str, message: bytes, signature: bytes) -> bool:
    """Whether the signature is that of `sign`, compared in constant time."""
    return hmac.compare_digest(sign(key, purpose, message), signature)
