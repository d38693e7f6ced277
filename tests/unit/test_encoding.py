"""Encodings: one spelling of base64url, and one error for what is not JSON."""

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
def test_bytes_come_back_from_text_that_a_url_holds_as_it_is(plain: bytes) -> None:
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
def test_any_text_is_the_one_spelling_or_is_refused(text: str) -> None:
    try:
        plain = from_base64url(text)
    except ValueError:
        return
    assert to_base64url(plain) == text


@pytest.mark.parametrize("source", [b"", b"{", b'"\xff"', b"1", b"[" * 100_000, b'["x"]'])
def test_what_cannot_be_read_is_unreadable(source: bytes) -> None:
    with pytest.raises(Unreadable, match="not a list"):
        read_json(msgspec.json.Decoder(list[list[Any]]).decode, source, "a list")
