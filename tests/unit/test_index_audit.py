"""Auditing an index: a difference that hides events is an error; one that only slows is not."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import replace

import pytest
from indelible.index.blank import blocks_of
from indelible.index.compare import Kind
from indelible.index.levels import Level
from indelible.index.pages import EVERY_TERM, blank_page, decode_page, encode_page
from support.builders import WORKSPACE
from support.small_index import SMALL, SPAN, WIDE_SPAN
from unit.audited_index import (
    EMPTY_PAGE,
    EMPTY_WIDE_PAGE,
    RECORDS,
    an_indexed_chain,
    differences,
    found,
    kinds,
    rebuild_index,
)


@pytest.mark.parametrize("records", [0, 7, SPAN, 5 * SPAN, WIDE_SPAN + 3, RECORDS])
def test_an_index_as_built_has_no_difference(records: int) -> None:
    assert differences(an_indexed_chain(records)) == []


def test_an_emptied_block_is_named_with_all_it_hides_and_rebuilt() -> None:
    indexed = an_indexed_chain(6 * SPAN)
    before = found(indexed, "user_3")
    for shard in range(SMALL.narrow.shards):
        indexed.index.stored[WORKSPACE, 0, shard, 1] = EMPTY_PAGE
    assert found(indexed, "user_3") != before
    [hides] = differences(indexed)
    assert hides.kind == Kind.HIDES
    assert (hides.what, hides.block, hides.records) == ("narrow", 1, SPAN)
    assert (hides.first_sequence, hides.last_sequence) == (SPAN + 1, 2 * SPAN)
    assert 0 < hides.pages <= SMALL.narrow.shards
    rebuild_index(indexed)
    assert differences(indexed) == []
    assert found(indexed, "user_3") == before


def test_a_wide_block_that_hides_records_is_named() -> None:
    indexed = an_indexed_chain()
    for shard in range(SMALL.wide.shards):
        indexed.index.stored[WORKSPACE, 1, shard, 0] = EMPTY_WIDE_PAGE
    assert found(indexed, "user_3")[0] > WIDE_SPAN
    assert ("hides", "wide", 0) in kinds(indexed)
    rebuild_index(indexed)
    assert found(indexed, "user_3")[0] == 4


def test_a_page_that_leaves_out_one_record_is_found() -> None:
    indexed = an_indexed_chain(6 * SPAN)
    place = next(
        key for key, page in indexed.index.stored.items() if key[1] == 0 and page != EMPTY_PAGE
    )
    whole = indexed.index.stored[place]
    postings = {term: [*offsets] for term, offsets in decode_page(whole, SPAN).postings()}
    term = next(iter(postings))
    postings[term] = postings[term][1:] or [(postings[term][0] + 1) % SPAN]
    indexed.index.stored[place] = encode_page(postings, SPAN)
    [difference] = differences(indexed)
    assert (difference.kind, difference.pages, difference.records) == (Kind.HIDES, 1, 1)


def test_terms_out_of_order_hide_the_records_that_binary_search_misses() -> None:
    """A reader finds a term by binary search, and the audit reads in the same way."""
    indexed = an_indexed_chain(6 * SPAN)
    for place, page in sorted(indexed.index.stored.items()):
        plain = zlib.decompress(page)
        if len(decode_page(page, SPAN).terms) >= 2:
            swapped = plain[:4] + plain[8:12] + plain[4:8] + plain[12:]
            indexed.index.stored[place] = zlib.compress(swapped)
            break
    assert [each.kind for each in differences(indexed)] == [Kind.HIDES]


def test_the_same_page_compressed_by_another_zlib_is_the_same() -> None:
    indexed = an_indexed_chain()
    for place, page in indexed.index.stored.items():
        indexed.index.stored[place] = zlib.compress(zlib.decompress(page), 0)
    assert differences(indexed) == []


@pytest.mark.parametrize(
    "change",
    [
        lambda stored, place: stored.pop(place),
        lambda stored, place: stored.update({place: b"garbage"}),
        lambda stored, place: stored.update({place: blank_page(SPAN)}),
        lambda stored, place: stored.update({place: encode_page({EVERY_TERM: range(SPAN)}, SPAN)}),
    ],
    ids=["missing", "unreadable", "blank", "blank by hand"],
)
def test_a_difference_that_hides_nothing_is_slow_and_not_an_error(
    change: Callable[[dict[tuple[str, int, int, int], bytes], tuple[str, int, int, int]], object],
) -> None:
    indexed = an_indexed_chain(6 * SPAN)
    change(indexed.index.stored, (WORKSPACE, 0, 3, 2))
    [difference] = differences(indexed)
    assert (difference.kind, difference.what, difference.block) == (Kind.SLOW, "narrow", 2)
    assert (difference.pages, difference.records) == (1, 0)
    rebuild_index(indexed)
    assert differences(indexed) == []


@pytest.mark.parametrize("level", [SMALL.narrow, SMALL.wide])
@pytest.mark.parametrize("ahead", [0, 1, 7_000])
def test_pages_of_unbuilt_blocks_hide_the_tail(level: Level, ahead: int) -> None:
    indexed = an_indexed_chain(RECORDS)
    before = found(indexed, "user_2")
    empty = encode_page({}, level.span)
    block = indexed.last // level.span + ahead
    for shard in range(level.shards):
        indexed.index.stored[WORKSPACE, level.number, shard, block] = empty
    [difference] = differences(indexed)
    reached = max(indexed.last - block * level.span, 0)
    assert (difference.block, difference.records) == (block, reached)
    assert difference.kind == (Kind.HIDES if reached else Kind.BEYOND)
    assert rebuild_index(indexed).pages_blanked == level.shards
    assert differences(indexed) == []
    assert found(indexed, "user_2") == before


def test_a_page_that_hides_only_records_not_chained_yet_is_beyond_the_chain() -> None:
    indexed = an_indexed_chain(6 * SPAN + 4)
    last = indexed.last - 6 * SPAN
    assert 0 < last < SPAN
    page = encode_page({EVERY_TERM: range(last)}, SPAN)
    indexed.index.stored[WORKSPACE, 0, 2, 6] = page
    [difference] = differences(indexed)
    assert (difference.kind, difference.what) == (Kind.BEYOND, "narrow")
    assert (difference.block, difference.pages, difference.records) == (6, 1, 0)
    assert rebuild_index(indexed).pages_blanked == 1
    assert differences(indexed) == []


def test_a_block_just_being_built_is_slow_and_not_wrong() -> None:
    """An indexer is at work: the pages are there, the directory is not yet."""
    indexed = an_indexed_chain(6 * SPAN + 4)
    [*_, (_, newest)] = sorted(indexed.index.written)
    del indexed.index.written[WORKSPACE, newest]
    assert kinds(indexed) == [("slow", "directory", newest)]


def test_segments_reach_into_the_next_block_and_no_further() -> None:
    geometry = replace(SMALL, segment_records=5)
    assert blocks_of([1, SPAN - 4], geometry) == [0]
    assert blocks_of([SPAN - 3], geometry) == [0, 1]
    assert blocks_of([0, 3 * SPAN], geometry) == [0, 2, 3]


def test_a_damaged_segment_must_be_a_candidate_of_every_filter() -> None:
    """The index was built before the damage, and lists no damaged record."""
    indexed = an_indexed_chain(6 * SPAN)
    indexed.ledger.load([replace(indexed.chain[3], records=b"garbage")])
    assert {kind for kind, _, _ in kinds(indexed)} == {"hides"}
    del indexed.ledger.chains[WORKSPACE][indexed.chain[3].first_sequence]
    assert ("hides", "narrow", 1) in kinds(indexed)
    rebuild_index(indexed)
    assert {kind for kind, _, _ in kinds(indexed)} <= {"slow"}
