"""Auditing and rebuilding: what an index hides is found and mended; what is slow is no error."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from indelible.chain.segment import Segment
from indelible.errors import Unavailable
from indelible.filters import Filters
from indelible.index.audit import audit
from indelible.index.blank import blocks_of
from indelible.index.compare import Difference, Kind
from indelible.index.directory import Landmark, encode_landmarks
from indelible.index.extend import Indexer
from indelible.index.levels import Level
from indelible.index.pages import EVERY_TERM, blank_page, decode_page, encode_page
from indelible.index.rebuild import Rebuilt, rebuild
from indelible.reading.listing import list_events
from support.builders import NOON, SECOND, WORKSPACE
from support.memory_index import MemoryIndex
from support.reading import events_of, plenty
from support.small_index import SMALL, SPAN, WIDE_SPAN, Indexed, chain_of, events_at

RECORDS = WIDE_SPAN + 3 * SPAN + 5
EMPTY_PAGE = encode_page({}, SPAN)
EMPTY_WIDE_PAGE = encode_page({}, WIDE_SPAN)


@cache
def segments() -> list[Segment]:
    fields: list[dict[str, object]] = [{"actor_id": f"user_{n % 5}"} for n in range(RECORDS)]
    return chain_of(events_at([NOON + n * SECOND for n in range(RECORDS)], fields), [7])


@cache
def index_of(records: int) -> MemoryIndex:
    indexed = Indexed([each for each in segments() if each.last_sequence <= records])
    indexed.extend()
    return indexed.index


def an_indexed_chain(records: int = RECORDS) -> Indexed:
    """A chain of at most so many records, and the index of its complete blocks."""
    whole = index_of(records)
    index = MemoryIndex(stored={**whole.stored}, written={**whole.written}, geometry=SMALL)
    return Indexed([each for each in segments() if each.last_sequence <= records], index=index)


def differences(indexed: Indexed) -> list[Difference]:
    steps = [*audit(indexed.ledger, indexed.index, WORKSPACE)]
    assert sum(step.records for step in steps) == indexed.last
    return [each for step in steps for each in step.differences]


def kinds(indexed: Indexed) -> list[tuple[str, str, int]]:
    return [(each.kind.value, each.what, each.block) for each in differences(indexed)]


def mend(indexed: Indexed) -> Rebuilt:
    *_, done = rebuild(indexed.ledger, indexed.index, WORKSPACE)
    return done


def found(indexed: Indexed, actor_id: str) -> list[int]:
    """The sequences of an actor's events, by a list with a filter."""
    page = list_events(
        indexed.reader(), WORKSPACE, Filters({"actor_id": actor_id}), 1_000, None, plenty()
    )
    return sorted(each["integrity"]["sequence"] for each in events_of(page))


@pytest.mark.parametrize("records", [0, 7, SPAN, 5 * SPAN, WIDE_SPAN + 3, RECORDS])
def test_an_index_as_it_was_built_has_no_difference(records: int) -> None:
    assert differences(an_indexed_chain(records)) == []


def test_a_block_emptied_is_named_with_all_that_it_hides_and_mended() -> None:
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
    mend(indexed)
    assert differences(indexed) == []
    assert found(indexed, "user_3") == before


def test_a_wide_block_that_hides_is_named() -> None:
    indexed = an_indexed_chain()
    for shard in range(SMALL.wide.shards):
        indexed.index.stored[WORKSPACE, 1, shard, 0] = EMPTY_WIDE_PAGE
    assert found(indexed, "user_3")[0] > WIDE_SPAN
    assert ("hides", "wide", 0) in kinds(indexed)
    mend(indexed)
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


def test_terms_out_of_order_hide_what_a_search_among_them_misses() -> None:
    """A reader looks for a term by halving; the audit reads as the reader does."""
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
def test_what_hides_nothing_is_slow_and_no_error(
    change: Callable[[dict[tuple[str, int, int, int], bytes], tuple[str, int, int, int]], object],
) -> None:
    indexed = an_indexed_chain(6 * SPAN)
    change(indexed.index.stored, (WORKSPACE, 0, 3, 2))
    [difference] = differences(indexed)
    assert (difference.kind, difference.what, difference.block) == (Kind.SLOW, "narrow", 2)
    assert (difference.pages, difference.records) == (1, 0)
    mend(indexed)
    assert differences(indexed) == []


@pytest.mark.parametrize("level", [SMALL.narrow, SMALL.wide])
@pytest.mark.parametrize("ahead", [0, 1, 7_000])
def test_pages_of_blocks_that_are_not_built_hide_the_tail(level: Level, ahead: int) -> None:
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
    assert mend(indexed).pages_blanked == level.shards
    assert differences(indexed) == []
    assert found(indexed, "user_2") == before


def test_a_page_that_hides_only_what_is_not_chained_yet_is_beyond_the_chain() -> None:
    indexed = an_indexed_chain(6 * SPAN + 4)
    last = indexed.last - 6 * SPAN
    assert 0 < last < SPAN
    page = encode_page({EVERY_TERM: range(last)}, SPAN)
    indexed.index.stored[WORKSPACE, 0, 2, 6] = page
    [difference] = differences(indexed)
    assert (difference.kind, difference.what) == (Kind.BEYOND, "narrow")
    assert (difference.block, difference.pages, difference.records) == (6, 1, 0)
    assert mend(indexed).pages_blanked == 1
    assert differences(indexed) == []


def test_a_block_just_being_built_is_slow_and_not_wrong() -> None:
    """An indexer at work: the pages are there, the directory is not yet."""
    indexed = an_indexed_chain(6 * SPAN + 4)
    [*_, (_, newest)] = sorted(indexed.index.written)
    del indexed.index.written[WORKSPACE, newest]
    assert kinds(indexed) == [("slow", "directory", newest)]


@pytest.mark.parametrize("records", [SPAN - 1, SPAN + 5, RECORDS])
def test_an_index_that_is_gone_is_named_as_slow_and_rebuilt_from_the_chain(records: int) -> None:
    indexed = an_indexed_chain(records)
    whole, landmarks = dict(indexed.index.stored), dict(indexed.index.written)
    indexed.index.stored.clear()
    indexed.index.written.clear()
    narrow, wide = indexed.last // SPAN, indexed.last // WIDE_SPAN
    expected = [("slow", what, at) for at in range(narrow) for what in ("narrow", "directory")]
    expected += [("slow", "wide", at) for at in range(wide)]
    assert sorted(kinds(indexed)) == sorted(expected)
    assert mend(indexed).blocks == narrow
    assert (indexed.index.stored, indexed.index.written) == (whole, landmarks)
    assert differences(indexed) == []


def test_the_good_pages_of_a_block_whose_directory_is_gone_stay() -> None:
    indexed = an_indexed_chain(SPAN + 5)
    whole = dict(indexed.index.stored)
    del indexed.index.written[WORKSPACE, 0]
    assert kinds(indexed) == [("slow", "directory", 0)]
    done = mend(indexed)
    assert (done.blocks, done.pages_blanked) == (1, 0)
    assert indexed.index.stored == whole


def test_a_missing_directory_is_slow_also_where_it_would_have_no_landmark() -> None:
    indexed = an_indexed_chain(3 * SPAN)
    for segment in indexed.chain:
        if SPAN < segment.first_sequence <= 2 * SPAN:
            del indexed.ledger.chains[WORKSPACE][segment.first_sequence]
    mend(indexed)
    del indexed.index.written[WORKSPACE, 1]
    assert kinds(indexed) == [("slow", "directory", 1)]


def test_a_rebuild_that_stopped_is_gone_on_with_by_the_indexer() -> None:
    """It begins with nothing, and stops before any block and after each."""
    whole = an_indexed_chain()
    for stop in range(RECORDS // SPAN):
        indexed = Indexed(segments())
        rebuilding = rebuild(indexed.ledger, indexed.index, WORKSPACE)
        for _ in range(stop):
            next(rebuilding)
        indexed.extend()
        assert indexed.index.stored == whole.index.stored
        assert indexed.index.written == whole.index.written


@pytest.mark.parametrize("block", [6, 7, 10**9])
def test_a_directory_beyond_the_end_is_found_and_removed_and_the_indexer_goes_on(
    block: int,
) -> None:
    indexed = an_indexed_chain(6 * SPAN + 4)
    indexed.index.put_directory(WORKSPACE, block, encode_landmarks([]))
    assert ("beyond", "directory", block) in kinds(indexed)
    assert mend(indexed).directories_removed == 1
    assert differences(indexed) == []
    indexed.ledger.load(segments())
    assert len(indexed.extend(RECORDS)) > 2


@pytest.mark.parametrize(
    ("stored", "kind"),
    [
        (b"garbage", Kind.SLOW),
        (None, Kind.SLOW),
        (encode_landmarks([]), Kind.SLOW),
        (encode_landmarks([Landmark(50, NOON + 49 * SECOND)]), Kind.SLOW),
        (encode_landmarks([Landmark(50, NOON)]), Kind.MISLEADS),
        (encode_landmarks([Landmark(49, NOON + 48 * SECOND)]), Kind.MISLEADS),
    ],
)
def test_a_directory_misleads_or_is_only_slow(stored: bytes | None, kind: Kind) -> None:
    indexed = an_indexed_chain(6 * SPAN)
    assert 50 in {each.first_sequence for each in indexed.chain}
    indexed.index.written.pop((WORKSPACE, 3))
    if stored is not None:
        indexed.index.put_directory(WORKSPACE, 3, stored)
    assert kinds(indexed) == [(kind.value, "directory", 3)]
    mend(indexed)
    assert differences(indexed) == []


def test_a_blanked_block_is_slow_and_rebuilt() -> None:
    indexed = an_indexed_chain()
    whole = dict(indexed.index.stored)
    Indexer(indexed.ledger, indexed.index).blank(WORKSPACE, [3 * SPAN + 2], lambda: True)
    assert {kind for kind, _, _ in kinds(indexed)} == {"slow"}
    mend(indexed)
    assert indexed.index.stored == whole


def test_segments_reach_into_the_next_block_and_no_further() -> None:
    geometry = replace(SMALL, segment_records=5)
    assert blocks_of([1, SPAN - 4], geometry) == [0]
    assert blocks_of([SPAN - 3], geometry) == [0, 1]
    assert blocks_of([0, 3 * SPAN], geometry) == [0, 2, 3]


def test_what_is_damaged_in_the_chain_has_to_be_met_by_every_filter() -> None:
    """The index was built before the damage, and leaves the damaged records out."""
    indexed = an_indexed_chain(6 * SPAN)
    indexed.ledger.load([replace(indexed.chain[3], records=b"garbage")])
    assert {kind for kind, _, _ in kinds(indexed)} == {"hides"}
    del indexed.ledger.chains[WORKSPACE][indexed.chain[3].first_sequence]
    assert ("hides", "narrow", 1) in kinds(indexed)
    mend(indexed)
    assert {kind for kind, _, _ in kinds(indexed)} <= {"slow"}


def test_a_chain_cut_off_leaves_an_index_beyond_its_end() -> None:
    indexed = an_indexed_chain(6 * SPAN)
    for segment in indexed.chain[2:]:
        del indexed.ledger.chains[WORKSPACE][segment.first_sequence]
    indexed.chain[2:] = []
    assert {("beyond", "directory", block) for block in range(5)} <= set(kinds(indexed))
    mend(indexed)
    assert differences(indexed) == []


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(st.data())
def test_whatever_is_forged_is_found_if_a_filter_would_miss_anything(data: st.DataObject) -> None:
    indexed = an_indexed_chain()
    honest = {actor: found(indexed, actor) for actor in ("user_1", "user_2")}
    places = sorted(indexed.index.stored)
    for _ in range(data.draw(st.integers(1, 3))):
        source, target = (data.draw(st.sampled_from(places)) for _ in range(2))
        if source[1] == target[1]:
            indexed.index.stored[target] = indexed.index.stored[source]
    hidden = any(found(indexed, actor) != events for actor, events in honest.items())
    if hidden:
        assert {kind for kind, _, _ in kinds(indexed)} & {"hides"}
    mend(indexed)
    assert differences(indexed) == []
    assert {actor: found(indexed, actor) for actor in honest} == honest


def test_a_rebuild_may_be_stopped_anywhere_and_repeated() -> None:
    whole = an_indexed_chain()
    for stop in range(0, SMALL.narrow.shards * 19 + SMALL.wide.shards, 37):
        indexed = an_indexed_chain()
        for place in indexed.index.stored:
            indexed.index.stored[place] = EMPTY_PAGE if place[1] == 0 else EMPTY_WIDE_PAGE
        indexed.index.faults.plan("put_page", *[None] * stop, "after")
        with pytest.raises(Unavailable):
            mend(indexed)
        mend(indexed)
        assert indexed.index.stored == whole.index.stored
        assert indexed.index.written == whole.index.written


def test_what_an_indexer_merges_meanwhile_out_of_forged_pages_is_rebuilt() -> None:
    """The wide block is built while its narrow ones are being rebuilt."""
    indexed = an_indexed_chain(WIDE_SPAN - 4)
    for shard in range(SMALL.narrow.shards):
        indexed.index.stored[WORKSPACE, 0, shard, 0] = EMPTY_PAGE
    indexed.ledger.load(segments())
    beside = Indexed(segments(), indexed.ledger, MemoryIndex(geometry=SMALL))
    beside.index.stored, beside.index.written = indexed.index.stored, indexed.index.written
    calls = count()

    def interrupt(method: str) -> None:
        if method == "put_page" and next(calls) == 0:
            beside.extend(RECORDS)

    indexed.index.faults.interrupt = interrupt
    mend(indexed)
    assert differences(beside) == []
