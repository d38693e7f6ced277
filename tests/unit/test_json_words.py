"""A body that is not JSON is answered in the words of JSON, with the place and what to write."""

from __future__ import annotations

import pytest
from indelible.errors import MalformedBody
from support.bodies import read_body

PYTHON = ("Expecting", "delimiter", "property", "control character at", "(char", "Extra data")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ('{"a": undefined}', "at line 1, column 7: a value is expected here: a string in double"),
        ('{"a": .5}', "at line 1, column 7: a value is expected"),
        ('{"a":\n None}', "at line 2, column 2: a value is expected"),
        ('{"a": 01}', "at line 1, column 8: a comma or the end"),
        ('{"a" 1}', "at line 1, column 6: a colon is expected here, after the name"),
        ("{'a': 1}", "at line 1, column 2: a name in double quotes is expected"),
        ('{"a": "x\ny"}', r"a line break or another control character in a string must be escaped"),
        ('{"a": "x}', "at line 1, column 7: the string that begins here has no end"),
        ('{"a": "\\d"}', r"JSON has no such escape; write a backslash as \\."),
        ('{"a": "\\u12"}', r"\u must have four hexadecimal digits after it"),
        ('{"a": 1} {"a": 2}', "nothing may follow the JSON value"),
        ("x=1&y=2", "at line 1, column 1: a value is expected"),
    ],
)
def test_the_place_and_what_to_write_there_are_named(body: str, words: str) -> None:
    with pytest.raises(MalformedBody) as refused:
        read_body(body, {}, is_base64=False)
    assert str(refused.value).startswith("The body is not JSON at line ")
    assert words in str(refused.value)
    assert not any(each in str(refused.value) for each in PYTHON)


@pytest.mark.parametrize("body", ['{"a": 1,}', "[1, 2,]"])
def test_a_comma_at_the_end_is_named(body: str) -> None:
    with pytest.raises(MalformedBody, match=r"comma before the end|a value is expected"):
        read_body(body, {}, is_base64=False)


def test_compressed_bytes_without_their_header_are_named() -> None:
    with pytest.raises(MalformedBody, match=r"gzipped\. Send the header `Content-Encoding: gzip`"):
        read_body("H4sIAAAAAAAAA6uuBQBDv6ajAgAAAA==", {}, is_base64=True)


def test_another_encoding_of_unicode_is_named() -> None:
    with pytest.raises(MalformedBody, match=r"not UTF-8 at byte 0\. Send JSON in UTF-8\."):
        read_body("//57AH0A", {}, is_base64=True)
