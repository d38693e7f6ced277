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


SMALL_ORDER = [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
]
"""Encodings of the points of small order without their sign bit; the last two are 0 and 1 again."""


@pytest.mark.parametrize("sign", [0, 0x80])
@pytest.mark.parametrize("point", SMALL_ORDER)
def test_a_key_for_which_anybody_can_sign_signs_nothing(point: str, sign: int) -> None:
    """Such a signature has a point of small order as R and 0 as S. OpenSSL accepts many of them."""
    key = bytes.fromhex(point)[:-1] + bytes([bytes.fromhex(point)[-1] | sign])
    signatures = [bytes.fromhex(each) + bytes(32) for each in SMALL_ORDER[:5]]
    signatures += [each[:31] + bytes([each[31] | 0x80]) + each[32:] for each in signatures]
    messages = [bytes([each]) for each in range(20)]
    assert not any(is_signed(key, message, each) for message in messages for each in signatures)


def test_without_the_package_the_error_says_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    missing: Any = None  # makes the import fail
    monkeypatch.setitem(sys.modules, "cryptography.exceptions", missing)
    with pytest.raises(MissingPackage, match=r'pip install "indelible\[proofs\]"'):
        is_signed(PUBLIC_KEY, b"\x72", SIGNATURE)
