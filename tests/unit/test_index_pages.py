"""Pages: postings survive encoding in few bytes, and anything else is unreadable."""

from __future__ import annotations

import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from indelible.errors import Oversized, Unreadable
from indelible.index.levels import GEOMETRY, Level, short_of
from indelible.index.offsets import all_of, bits_of, descending
from indelible.index.pages import EVERY_TERM, MAX_PAGE_BYTES, decode_page, encode_page
from support.examples import examples

TERMS = st.integers(1, 2**32 - 1)
NARROW, WIDE = GEOMETRY.narrow, GEOMETRY.wide
LEVELS = st.sampled_from((NARROW, WIDE))


@st.composite
def pages(draw: st.DrawFn) -> tuple[Level, dict[int, list[int]]]:
    """Postings of a level, sparse and dense ones."""
    level = draw(LEVELS)
    offsets = st.sets(st.integers(0, level.span - 1), min_size=1, max_size=40).map(sorted)
    runs = st.builds(
        lambda start, count, step: [*range(start, level.span, step)][:count],
        st.integers(0, level.span - 1),
        st.integers(1, level.span),
        st.integers(1, 9),
    )
    return level, draw(st.dictionaries(TERMS, offsets | runs, max_size=12))


@settings(max_examples=examples(100), deadline=None)
@given(pages())
def test_postings_survive_encoding_and_decoding(
    written: tuple[Level, dict[int, list[int]]],
) -> None:
    level, postings = written
    page = decode_page(encode_page(postings, level.span), level.span)
    assert {term: list(offsets) for term, offsets in page.postings()} == postings
    for term, offsets in postings.items():
        assert sorted(descending(page.find(term))) == offsets
    assert page.find(short_of(max(postings, default=0) + 1)) == 0


def test_a_record_that_may_have_any_term_is_found_by_every_term() -> None:
    page = decode_page(encode_page({EVERY_TERM: [3, 5], 77: [5, 9]}, NARROW.span), NARROW.span)
    assert sorted(descending(page.find(77))) == [3, 5, 9]
    assert sorted(descending(page.find(78))) == [3, 5]


def test_an_empty_page_can_be_read_too() -> None:
    page = decode_page(encode_page({}, WIDE.span), WIDE.span)
    assert page.find(1) == 0
    assert list(page.postings()) == []


def test_a_page_that_would_be_too_large_says_that_any_record_may_match() -> None:
    terms = MAX_PAGE_BYTES // 8
    postings = {term: [term % NARROW.span] for term in range(1, terms + 1)}
    stored = encode_page(postings, NARROW.span)
    assert len(stored) < 1_000
    page = decode_page(stored, NARROW.span)
    assert page.find(1) == page.find(2**32 - 1) == all_of(NARROW.span)


def test_no_page_is_larger_than_an_item_may_be() -> None:
    term_of = range(1, MAX_PAGE_BYTES // 8)
    noise = {term * 130_003 % 2**32: [term * 40_503 % WIDE.span] for term in term_of}
    assert 100_000 < len(encode_page(noise, WIDE.span)) < 300_000


@given(st.sets(st.integers(0, WIDE.span - 1), max_size=200))
def test_offsets_as_bits_are_the_same_set(offsets: set[int]) -> None:
    assert list(descending(bits_of(offsets, WIDE.span))) == sorted(offsets, reverse=True)


PAGE = zlib.decompress(encode_page({5: [1, 2], 9: [*range(4_000)]}, NARROW.span))


@pytest.mark.parametrize(
    "stored",
    [
        b"",
        b"garbage",
        zlib.compress(b""),
        zlib.compress(PAGE)[:-1],
        zlib.compress(PAGE[:-1]),
        zlib.compress(PAGE + b"\0"),
        zlib.compress(PAGE[:1] + b"\xff\xff\xff" + PAGE[4:]),
    ],
)
def test_bytes_that_are_not_a_page_are_unreadable(stored: bytes) -> None:
    with pytest.raises(Unreadable):
        decode_page(stored, NARROW.span)


def test_a_record_outside_its_block_is_unreadable() -> None:
    page = decode_page(encode_page({5: [WIDE.span - 1]}, WIDE.span), NARROW.span)
    with pytest.raises(Unreadable, match="not in its block"):
        page.find(5)


def test_a_decompression_bomb_as_a_page_is_not_inflated() -> None:
    with pytest.raises(Oversized):
        decode_page(zlib.compress(bytes(MAX_PAGE_BYTES + 1)), NARROW.span)
