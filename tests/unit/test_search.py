"""A search finds a text whatever its case and form, and never slowly."""

from __future__ import annotations

import time
from typing import Any
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st
from indelible.filters import read_filters
from indelible.matching.caseless import caseless
from support.builders import a_chain, a_queued_event, records_of
from unit import query_oracle


def a_record(**fields: Any) -> bytes:
    """The record of one event."""
    return records_of(a_chain(1, 1, [a_queued_event(**fields)]))[0]


@pytest.mark.parametrize(
    ("search", "text"),
    [
        ("STRASSE", "Hauptstraße 3"),
        ("straße", "HAUPTSTRASSE"),
        ("istanbul", "İSTANBUL"),
        ("İstanbul", "istanbul"),
        ("IŞIK", "\u0131ş\u0131k"),
        ("\u0131ş\u0131k", "IŞIK"),
        ("ΟΔΟΣ", "οδος"),
        ("οδος", "ΟΔΟΣ"),
        ("ｱｶｳﾝﾄ", "アカウント"),
        ("ABC", "\uff41\uff42\uff43"),
        ("Cafe\u0301", "CAFÉ"),
        ("café", "Cafe\u0301"),
        ("office", "oﬃce"),
        ("a\u0301\u0323", "Ạ\u0301"),
        ("r\u0131\u0302za", "RÎZA"),
        ("İ\u0302", "î"),
        ("i\u0307\u0301", "Í"),
        ("12.5", "x12.50"),
    ],
)
def test_a_search_finds_a_text_in_whatever_case_and_form(search: str, text: str) -> None:
    for fields in (
        {"actor_name": text}, {"actor_id": text}, {"resource_id": text}, {"resource_name": text},
        {"targets": [{"type": "t", "id": text}]}, {"targets": [{"type": "t", "name": text}]},
        {"metadata": {text: [text]}}, {"metadata": {"a": [{"b": text}]}},
    ):  # fmt: skip
        record = a_record(**fields)
        assert read_filters({"search": search}).matches(record)
        assert not read_filters({"search": "qqq" + search}).matches(record)


LETTERS = st.sampled_from("iI\u0131İíÎJ\U0001d6a4\u0301\u0302\u0307z")


@given(st.text(LETTERS, max_size=6))
def test_every_spelling_of_an_i_has_one_caseless_text(text: str) -> None:
    found = caseless(text)
    assert caseless(found) == found
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        assert caseless(normalize(form, text)) == found
    assert caseless(text.upper()) == caseless(text.lower()) == found
    assert caseless(text.replace("i", "\u0131").replace("I", "İ")) == found


@given(st.text(max_size=20), st.text(max_size=20), st.text(max_size=20))
def test_caseless_texts_are_those_of_unicode(before: str, text: str, after: str) -> None:
    assert caseless(text) == query_oracle.folded(text)
    assert caseless(caseless(text)) == caseless(text)
    assert caseless(before) + caseless("z") in caseless(before + "z" + after)


def test_a_search_does_not_join_the_texts_of_an_event() -> None:
    record = a_record(actor_id="ann", actor_name="bob", metadata={"x\x1fy": 1})
    assert not read_filters({"search": "ann\x1fbob"}).matches(record)
    assert read_filters({"search": "X\x1fY"}).matches(record)


def test_text_made_to_be_slow_is_not() -> None:
    """Sorting combining marks takes quadratic time: a second for a record like the first one."""
    texts = ["a" + "\u0301" * 15_000 + "\u0323" * 15_000, "\ufdfa" * 20_000, "\u0344" * 30_000]
    records = [a_record(metadata={"a": text}) for text in texts]
    filters = [read_filters({"search": text}) for text in ("\u0301" * 500 + "\u0323" * 500, "zz")]
    filters.append(read_filters({"metadata" + ".a" * 31: "x"}))
    start = time.process_time()
    for each in filters:
        for record in records:
            each.matches(record)
    assert time.process_time() - start < 0.5
