"""Signatures: HMAC-SHA256, one key, purposes apart from each other."""

from __future__ import annotations

import pytest
from indelible.signing import is_signed, sign

KEY = b"Jefe"


def test_a_signature_is_hmac_sha256_of_purpose_and_message() -> None:
    """As made by `printf 'x\\0what do ya want for nothing?' | openssl dgst -sha256 -hmac Jefe`."""
    assert sign(KEY, "x", b"what do ya want for nothing?").hex() == (
        "d6b1afbf2412efc15e44eb6f17b6408a9d741431013d6d8c7e278f2f08624b0c"
    )


def test_a_signature_is_good_for_its_key_purpose_and_message_only() -> None:
    signature = sign(KEY, "cursor", b"message")
    assert is_signed(KEY, "cursor", b"message", signature)
    assert not is_signed(b"other", "cursor", b"message", signature)
    assert not is_signed(KEY, "link", b"message", signature)
    assert not is_signed(KEY, "cursor", b"messagf", signature)


def test_what_moves_between_purpose_and_message_is_noticed() -> None:
    assert sign(KEY, "a", b"bc") != sign(KEY, "ab", b"c")


@pytest.mark.parametrize("forged", [b"", b"\0" * 32, b"\0" * 31, b"\0" * 33])
def test_what_is_no_signature_is_refused(forged: bytes) -> None:
    assert not is_signed(KEY, "cursor", b"message", forged)
