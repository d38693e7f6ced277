"""Encodings: base64url has one spelling, and everything that is not JSON has one error."""

from __future__ import annotations

import base64
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from indelible.encoding import from_base64url, read_json, to_base64url
from indelible.errors import Unreadable


@given(st.binary())
def test_bytes_survive_encoding_as_text_that_needs_no_escaping_in_a_url(plain: bytes) -> None:
    text = to_base64url(plain)
    assert from_base64url(text) == plain
    assert text == base64.urlsafe_b64encode(plain).decode().rstrip("=")
    assert text.replace("-", "").replace("_", "").isalnum() or not text


@pytest.mark.parametrize(
    "text", ["YQ==", "YQ=", "YR", "Y", "Y Q", "YQ\n", "YQ.", "é", "Y+", "Y/", "=", "YQYQY"]
)
def test_another_spelling_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"base64|padding|ASCII"):
        from_base64url(text)


@given(st.text())
def test_any_text_is_the_canonical_spelling_or_is_refused(text: str) -> None:
    try:
        plain = from_base64url(text)
    except ValueError:
        return
    assert to_base64url(plain) == text


@pytest.mark.parametrize("source", [b"", b"{", b'"\xff"', b"1", b"[" * 100_000, b'["x"]'])
def test_undecodable_input_raises_unreadable(source: bytes) -> None:
    with pytest.raises(Unreadable, match="not a list"):
        read_json(msgspec.json.Decoder(list[list[Any]]).decode, source, "a list")
