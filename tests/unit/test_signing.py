"""Signatures: HMAC-SHA256 with one key, kept apart by purpose."""

from __future__ import annotations

import pytest
from indelible.signing import is_signed, sign

KEY = b"Jefe"


def test_a_signature_is_hmac_sha256_of_purpose_and_message() -> None:
    """The output of `printf 'x\0what do ya want for nothing?'

    openssl dgst -sha256 -hmac Jefe`.
    """
    assert sign(KEY, "x", b"what do ya want for nothing?").hex() == (
        "d6b1afbf2412efc15e44eb6f17b6408a9d741431013d6d8c7e278f2f08624b0c"
    )


def test_a_signature_is_valid_only_for_its_key_purpose_and_message() -> None:
    signature = sign(KEY, "cursor", b"message")
    assert is_signed(KEY, "cursor", b"message", signature)
    assert not is_signed(b"other", "cursor", b"message", signature)
    assert not is_signed(KEY, "link", b"message", signature)
    assert not is_signed(KEY, "cursor", b"messagf", signature)


def test_bytes_moved_between_purpose_and_message_are_noticed() -> None:
    assert sign(KEY, "a", b"bc") != sign(KEY, "ab", b"c")


@pytest.mark.parametrize("forged", [b"", b"\0" * 32, b"\0" * 31, b"\0" * 33])
def test_text_that_is_not_a_signature_is_refused(forged: bytes) -> None:
    assert not is_signed(KEY, "cursor", b"message", forged)
