"""Ed25519 signatures (RFC 8032), checked by the package `cryptography`.

The package is loaded by the first check. So everything else here works without it, and starts fast.
"""

from __future__ import annotations

from ..errors import MissingPackage

_PRIME = 2**255 - 19
_ORDER_8 = 0x5FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826
_SMALL_ORDER = {0, 1, _PRIME - 1, _ORDER_8, _PRIME - _ORDER_8}
"""The y of the points whose order divides 8. All zeros are one of them.

As public keys they have no private key. Anybody can write a signature that fits one and a message,
and OpenSSL accepts it.
"""


def is_signed(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether this key, 32 bytes, made this signature of the message.

    A signature that does not have 64 bytes is none, and a key of small order signs nothing. Raises
    MissingPackage without `cryptography`.
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
    if _is_of_small_order(public_key):
        return False
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def _is_of_small_order(public_key: bytes) -> bool:
    y = int.from_bytes(public_key, "little") & (1 << 255) - 1
    return y % _PRIME in _SMALL_ORDER
