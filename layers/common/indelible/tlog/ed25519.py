"""Ed25519 signatures (RFC 8032), checked by the package `cryptography`.

The package is loaded by the first check. So everything else here works without it, and starts fast.
"""

from __future__ import annotations

from ..errors import MissingPackage


def is_signed(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether this key, 32 bytes, made this signature of the message.

    A signature that does not have 64 bytes is none. Raises MissingPackage without `cryptography`.
    """
    try:
        from cryptography.exceptions import InvalidSignature  # noqa: PLC0415
        from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415
            Ed25519PublicKey,
        )
    except ModuleNotFoundError as error:
        raise MissingPackage(
            "Signatures are checked with the package cryptography. Run `pip install"
            ' "indelible[proofs]"`.'
        ) from error
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except InvalidSignature:
        return False
    return True
