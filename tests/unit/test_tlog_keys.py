"""Verifier keys: one line of text for each key, and one key for each line of text."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st
from indelible.errors import Unreadable
from indelible.tlog.keys import COSIGNATURES, NOTES, VerifierKey, is_key_name
from support.published_notes import (
    C2SP_KEY,
    CT_LOG_KEY,
    ENOCH_KEY,
    PETER_KEY,
    REMORA_KEY,
    TESSERA_KEY,
)

PUBLISHED = [C2SP_KEY, PETER_KEY, ENOCH_KEY, CT_LOG_KEY, REMORA_KEY, TESSERA_KEY]
NAMES = st.text(min_size=1).filter(is_key_name)


def a_line(name: str, typed: bytes) -> str:
    """A verifier key's text, whatever it says, with the ID that it must have."""
    key_id = sha256(name.encode() + b"\n" + typed).digest()[:4]
    return f"{name}+{key_id.hex()}+{b64encode(typed).decode()}"


@pytest.mark.parametrize("text", PUBLISHED)
def test_published_keys_are_read_and_written_alike(text: str) -> None:
    assert VerifierKey.read(text).text == text


def test_a_key_has_its_name_type_bytes_and_id() -> None:
    key = VerifierKey.read(REMORA_KEY)
    assert (key.name, key.type, key.key_id.hex()) == ("remora.n621.de", COSIGNATURES, "da77ade7")
    assert key.public_key.hex().startswith("ebcdeb78e7fdb2ef9227b2c1")
    assert (
        VerifierKey.read("TEST+7997405c+AQcC+FTVKf0jlTdHDY3rbevmnKxxPjigCXlVtGe6RIr6").type == NOTES
    )


@given(NAMES, st.sampled_from([NOTES, COSIGNATURES]), st.binary(min_size=32, max_size=32))
def test_every_key_is_read_as_it_was_written(name: str, kind: int, public_key: bytes) -> None:
    key = VerifierKey(name, kind, public_key)
    assert key.text == a_line(name, bytes([kind]) + public_key)
    assert VerifierKey.read(key.text) == key


def test_no_part_of_a_key_is_a_key() -> None:
    """As golang/mod's TestNewVerifier has it."""
    size = len(PETER_KEY)
    parts = {PETER_KEY[i:j] for i in range(size) for j in range(i + 1, size + 1)} - {PETER_KEY}
    for part in parts:
        with pytest.raises(Unreadable):
            VerifierKey.read(part)


@pytest.mark.parametrize("position", range(len(PETER_KEY)))
def test_a_key_with_another_character_anywhere_is_refused(position: int) -> None:
    for bit in range(7):
        other = chr(ord(PETER_KEY[position]) ^ 1 << bit)
        with pytest.raises(Unreadable):
            VerifierKey.read(PETER_KEY[:position] + other + PETER_KEY[position + 1 :])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "bananas.sigstore.dev+12344556",
        "rekor.sigstore.dev+12345678+THIS_IS_NOT_BASE64!",
        "rekor.sigstore.dev+12345678+AwEB",
        "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",
        "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        a_line("log", b""),
        a_line("log", b"\x01"),
        a_line("log", b"\x01" + bytes(31)),
        a_line("log", b"\x01" + bytes(33)),
        a_line("log", b"\x02" + bytes(32)),
        a_line("log", b"\x06" + bytes(1312)),
        a_line("", b"\x01" + bytes(32)),
        a_line("a log", b"\x01" + bytes(32)),
        a_line("a\u00a0log", b"\x01" + bytes(32)),
        a_line("a\u2028log", b"\x01" + bytes(32)),
        a_line("a\x00log", b"\x01" + bytes(32)),
        a_line("a+log", b"\x01" + bytes(32)),
        PETER_KEY.replace("c74f20a3", "C74F20A3"),
        PETER_KEY.replace("c74f20a3", "00c74f20a3"),
        PETER_KEY + "\n",
        " " + PETER_KEY,
        "Peter\ud800+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    ],
)
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        VerifierKey.read(text)


def test_a_key_cannot_be_made_of_what_could_not_be_read() -> None:
    for name, kind, public_key in [("a log", 1, bytes(32)), ("log", 3, bytes(32)), ("log", 1, b"")]:
        with pytest.raises(Unreadable):
            VerifierKey(name, kind, public_key)
