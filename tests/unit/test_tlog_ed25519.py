"""Ed25519: signatures are those of RFC 8032, and the package is needed only to check one."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from indelible.errors import MissingPackage
from indelible.tlog.ed25519 import is_signed

PUBLIC_KEY = bytes.fromhex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
SIGNATURE = bytes.fromhex(
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
    "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
)
"""RFC 8032, section 7.1, TEST 2: the signature of the byte 0x72."""

ORDER = 2**252 + 27742317777372353535851937790883648493
"""The order of the group, RFC 8032, section 5.1."""


def test_the_example_of_rfc_8032_is_signed() -> None:
    assert is_signed(PUBLIC_KEY, b"\x72", SIGNATURE)


def test_another_message_key_or_signature_is_not_signed() -> None:
    assert not is_signed(PUBLIC_KEY, b"\x73", SIGNATURE)
    assert not is_signed(PUBLIC_KEY, b"", SIGNATURE)
    assert not is_signed(PUBLIC_KEY[::-1], b"\x72", SIGNATURE)
    assert not is_signed(bytes(32), b"\x72", SIGNATURE)
    assert not is_signed(b"\xff" * 32, b"\x72", SIGNATURE)
    for at in range(64):
        other = SIGNATURE[:at] + bytes([SIGNATURE[at] ^ 1]) + SIGNATURE[at + 1 :]
        assert not is_signed(PUBLIC_KEY, b"\x72", other)


@pytest.mark.parametrize("signature", [b"", SIGNATURE[:-1], SIGNATURE + b"\0", bytes(64)])
def test_a_signature_of_another_length_or_of_zeros_is_none(signature: bytes) -> None:
    assert not is_signed(PUBLIC_KEY, b"\x72", signature)


def test_a_signature_has_one_spelling() -> None:
    """Adding the group's order to S gives the same point, and is not allowed (section 5.1.7)."""
    s = int.from_bytes(SIGNATURE[32:], "little") + ORDER
    assert not is_signed(PUBLIC_KEY, b"\x72", SIGNATURE[:32] + s.to_bytes(32, "little"))


def test_without_the_package_the_error_says_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    missing: Any = None  # makes the import fail
    monkeypatch.setitem(sys.modules, "cryptography.exceptions", missing)
    with pytest.raises(MissingPackage, match=r'pip install "indelible\[proofs\]"'):
        is_signed(PUBLIC_KEY, b"\x72", SIGNATURE)
