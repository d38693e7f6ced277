"""Requests: every bad body or header gets its own clear error."""

from __future__ import annotations

import base64
import gzip
import json
import math
import zlib

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from indelible.errors import MalformedBody, PayloadTooLarge
from indelible.web.request import MAX_BODY_BYTES
from support.bodies import read_body

GZIPPED = {"Content-Encoding": ["gzip"]}
LEVELS = 600_000
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


def in_base64(plain: bytes) -> str:
    return base64.b64encode(plain).decode()


@given(JSON)
def test_a_body_reads_the_same_plain_base64_and_gzipped(value: object) -> None:
    plain = msgspec.json.encode(value)
    assert read_body(plain.decode(), {}, is_base64=False) == value
    assert read_body(in_base64(plain), {}, is_base64=True) == value
    assert read_body(in_base64(gzip.compress(plain)), GZIPPED, is_base64=True) == value


def test_a_body_that_a_gateway_has_unzipped_already_is_read() -> None:
    assert read_body("{}", GZIPPED, is_base64=False) == {}


@pytest.mark.parametrize("body", [None, "", " \n\t"])
def test_a_missing_body_is_reported_as_missing(body: str | None) -> None:
    with pytest.raises(MalformedBody, match="empty"):
        read_body(body, {}, is_base64=False)


@pytest.mark.parametrize(
    "body",
    [
        "hello",
        "{",
        '{"events": [}',
        "{'events': []}",
        '{"events": []} x',
        '{"a": nan}',
        '{"a": +Infinity}',
        '{"a": -NaN}',
        '{"a": 01}',
        '{"a": "\t"}',
        "{}\ufeff",
        "\ufeff\ufeff{}",
        "\ud800",
        "\x00",
    ],
)
def test_a_body_that_is_not_json_is_malformed(body: str) -> None:
    with pytest.raises(MalformedBody, match="not JSON"):
        read_body(body, {}, is_base64=False)


@pytest.mark.parametrize("plain", [b'{"a": "\xff"}', '{"a": 1}'.encode("utf-16")])
def test_a_body_that_is_not_utf_8_is_malformed(plain: bytes) -> None:
    with pytest.raises(MalformedBody, match="not UTF-8"):
        read_body(in_base64(plain), {}, is_base64=True)


@pytest.mark.parametrize("opening", ["[", '{"a":'])
def test_nesting_that_no_stack_holds_is_malformed(opening: str) -> None:
    """From Python 3.14 on, the stack's size is the limit, and ten thousand levels fit."""
    closing = "]" if opening == "[" else "}"
    with pytest.raises(MalformedBody, match="nested"):
        read_body(opening * LEVELS + "1" + closing * LEVELS, {}, is_base64=False)


def test_json_that_cannot_be_represented_is_refused_with_its_event_only() -> None:
    body = r'{"events": [{"a": "\ud800"}, {"a": 1e400}, {"a": 1' + "0" * 30 + "}]}"
    value = read_body(body, {}, is_base64=False)
    assert value == {"events": [{"a": "\ud800"}, {"a": math.inf}, {"a": 10**30}]}


@pytest.mark.parametrize("token", ["NaN", "Infinity", "-Infinity"])
def test_a_token_for_no_number_is_refused_with_its_event_only(token: str) -> None:
    value = read_body(f'[{{"a": {token}}}, {{"a": 1e-3}}]', {}, is_base64=False)
    assert isinstance(value, list)
    assert repr(value[0]["a"]) == repr(float(token))
    assert value[1] == {"a": 0.001}


@pytest.mark.parametrize("sign", ["", "-"])
def test_an_integer_too_long_for_python_is_refused_with_its_event_only(sign: str) -> None:
    value = read_body(f'[{sign}1{"0" * 5_000}, "next"]', {}, is_base64=False)
    assert isinstance(value, list)
    assert abs(value[0]) > 2**64
    assert value[1] == "next"


def test_numbers_are_exact() -> None:
    body = "[18446744073709551615, -9223372036854775808, 9007199254740993, 0.1]"
    assert read_body(body, {}, is_base64=False) == [2**64 - 1, -(2**63), 2**53 + 1, 0.1]


@pytest.mark.parametrize("body", ["{}", "e3", "e30=e30=", "e30=\n", "e3 0=", "é"])
def test_a_body_that_is_not_base64_is_malformed(body: str) -> None:
    with pytest.raises(MalformedBody, match="base64"):
        read_body(body, {}, is_base64=True)


@pytest.mark.parametrize(
    "compressed",
    [
        gzip.compress(b"{}", mtime=0)[:-1],
        gzip.compress(b"{}", mtime=0) + b"x",
        gzip.compress(b"{}", mtime=0) + bytes(8),
        gzip.compress(b"[1,", mtime=0) + b"garbage" + gzip.compress(b"2]", mtime=0),
        gzip.compress(b"[1,", mtime=0) + gzip.compress(b"2]", mtime=0)[:-1],
        gzip.compress(b"{}", mtime=0) + gzip.compress(b"", mtime=0) * 1_000,
        b"\x1f\x8b",
        gzip.compress(b"{}", mtime=0)[:-8] + bytes(8),
    ],
)
def test_broken_gzip_is_malformed(compressed: bytes) -> None:
    with pytest.raises(MalformedBody, match="gzip"):
        read_body(in_base64(compressed), GZIPPED, is_base64=True)


@pytest.mark.parametrize("name", ["gzip", "x-gzip", "X-GZIP "])
def test_gzip_of_several_members_is_read(name: str) -> None:
    """As shippers write it, which append to a compressed file."""
    body = in_base64(gzip.compress(b"[1,") + gzip.compress(b"") + gzip.compress(b"2]"))
    assert read_body(body, {"Content-Encoding": [name]}, is_base64=True) == [1, 2]


@pytest.mark.parametrize("is_gzipped", [False, True])
def test_a_byte_order_mark_before_the_body_is_skipped(is_gzipped: bool) -> None:
    """Editors and .NET write it."""
    plain = b'\xef\xbb\xbf{"actor_id": "\xef\xbb\xbf"}'
    body = in_base64(gzip.compress(plain) if is_gzipped else plain)
    headers = GZIPPED if is_gzipped else {}
    assert read_body(body, headers, is_base64=True) == {"actor_id": "\ufeff"}


@pytest.mark.parametrize("values", [["br"], ["gzip, gzip"], ["gzip", "gzip"], [""], ["deflate"]])
def test_an_unknown_encoding_is_refused(values: list[str]) -> None:
    body = in_base64(zlib.compress(b"{}"))
    with pytest.raises(MalformedBody, match="Content-Encoding"):
        read_body(body, {"content-encoding": values}, is_base64=True)


@pytest.mark.parametrize("name", ["content-encoding", "Content-Encoding", "CONTENT-ENCODING"])
@pytest.mark.parametrize("value", ["gzip", " GZIP "])
def test_the_encoding_is_recognised_in_every_spelling(name: str, value: str) -> None:
    body = in_base64(gzip.compress(b"[1]"))
    assert read_body(body, {name: [value]}, is_base64=True) == [1]


def test_the_limit_of_a_body_is_exact_in_every_encoding() -> None:
    largest = json.dumps("a" * (MAX_BODY_BYTES - 2)).encode()
    larger = largest[:-1] + b'a"'
    assert read_body(largest.decode(), {}, is_base64=False) == "a" * (MAX_BODY_BYTES - 2)
    zipped = in_base64(gzip.compress(largest, 1))
    assert read_body(zipped, GZIPPED, is_base64=True) == "a" * (MAX_BODY_BYTES - 2)
    for body, headers, is_base64 in [
        (larger.decode(), {}, False),
        (in_base64(larger), {}, True),
        (in_base64(gzip.compress(larger, 1)), GZIPPED, True),
    ]:
        with pytest.raises(PayloadTooLarge, match=str(MAX_BODY_BYTES)):
            read_body(body, headers, is_base64=is_base64)


def test_a_gzip_bomb_is_too_large() -> None:
    members = gzip.compress(bytes(1_000_000)) * 50
    for packed in (gzip.compress(bytes(50_000_000)), members):
        with pytest.raises(PayloadTooLarge):
            read_body(in_base64(packed), GZIPPED, is_base64=True)


@given(st.text(alphabet=st.characters(), max_size=50))
def test_any_body_is_read_or_malformed(body: str) -> None:
    try:
        value = read_body(body, {}, is_base64=False)
    except MalformedBody:
        with pytest.raises(ValueError, match=r".|\s"):
            msgspec.json.decode(body.encode(errors="replace"))
    else:
        assert repr(value) == repr(json.loads(body))
