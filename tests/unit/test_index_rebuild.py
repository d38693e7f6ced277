"""Rebuilding an index repairs whatever is missing or forged, however often it is stopped."""

from __future__ import annotations

from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from indelible.errors import Unavailable
from indelible.index.directory import BLANK_DIRECTORY, encode_directory
from indelible.index.extend import Indexer
from indelible.index.rebuild import rebuild
from support.builders import WORKSPACE
from support.examples import examples
from support.memory_index import MemoryIndex
from support.small_index import SMALL, SPAN, WIDE_SPAN, Indexed
from unit.audited_index import (
    EMPTY_PAGE,
    EMPTY_WIDE_PAGE,
    RECORDS,
    an_indexed_chain,
    differences,
    found,
    kinds,
    rebuild_index,
    segments,
)


@pytest.mark.parametrize("records", [SPAN - 1, SPAN + 5, RECORDS])
def test_a_missing_index_is_slow_and_rebuilt_from_the_chain(records: int) -> None:
    indexed = an_indexed_chain(records)
    whole, landmarks = dict(indexed.index.stored), dict(indexed.index.written)
    indexed.index.stored.clear()
    indexed.index.written.clear()
    narrow, wide = indexed.last // SPAN, indexed.last // WIDE_SPAN
    expected = [("slow", what, at) for at in range(narrow) for what in ("narrow", "directory")]
    expected += [("slow", "wide", at) for at in range(wide)]
    assert sorted(kinds(indexed)) == sorted(expected)
    assert rebuild_index(indexed).blocks == narrow
    assert (indexed.index.stored, indexed.index.written) == (whole, landmarks)
    assert differences(indexed) == []


def test_the_good_pages_of_a_block_without_a_directory_stay() -> None:
    indexed = an_indexed_chain(SPAN + 5)
    whole = dict(indexed.index.stored)
    del indexed.index.written[WORKSPACE, 0]
    assert kinds(indexed) == [("slow", "directory", 0)]
    done = rebuild_index(indexed)
    assert (done.blocks, done.pages_blanked) == (1, 0)
    assert indexed.index.stored == whole


def test_the_indexer_continues_a_rebuild_that_stopped() -> None:
    """The rebuild starts with nothing, and stops before and after any block."""
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
def test_a_directory_beyond_the_end_is_removed_and_the_indexer_continues(
    block: int,
) -> None:
    indexed = an_indexed_chain(6 * SPAN + 4)
    indexed.index.put_directory(WORKSPACE, block, encode_directory(BLANK_DIRECTORY, SPAN))
    assert ("beyond", "directory", block) in kinds(indexed)
    assert rebuild_index(indexed).directories_removed == 1
    assert differences(indexed) == []
    indexed.ledger.load(segments())
    assert len(indexed.extend(RECORDS)) > 2


def test_a_blanked_block_is_slow_and_rebuilt() -> None:
    indexed = an_indexed_chain()
    whole = dict(indexed.index.stored)
    Indexer(indexed.ledger, indexed.index).blank(WORKSPACE, [3 * SPAN + 2], lambda: True)
    assert {kind for kind, _, _ in kinds(indexed)} == {"slow"}
    rebuild_index(indexed)
    assert indexed.index.stored == whole


def test_a_chain_cut_off_leaves_an_index_beyond_its_end() -> None:
    indexed = an_indexed_chain(6 * SPAN)
    for segment in indexed.chain[2:]:
        del indexed.ledger.chains[WORKSPACE][segment.first_sequence]
    indexed.chain[2:] = []
    assert {("beyond", "directory", block) for block in range(5)} <= set(kinds(indexed))
    rebuild_index(indexed)
    assert differences(indexed) == []


@pytest.mark.slow
@settings(max_examples=examples(60), deadline=None)
@given(st.data())
def test_every_forgery_that_makes_a_filter_miss_a_record_is_found(data: st.DataObject) -> None:
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
    rebuild_index(indexed)
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
            rebuild_index(indexed)
        rebuild_index(indexed)
        assert indexed.index.stored == whole.index.stored
        assert indexed.index.written == whole.index.written


def test_pages_merged_from_forged_pages_during_a_rebuild_are_rebuilt() -> None:
    """The wide block is built while its narrow blocks are being rebuilt."""
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
    rebuild_index(indexed)
    assert differences(beside) == []
