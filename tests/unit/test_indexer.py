"""The indexer: the index is the same whatever stops the indexer or runs beside it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from indelible.chain.fields import QueuedEvent
from indelible.chain.segment import Segment
from indelible.errors import Unavailable, Unreadable
from indelible.filters import Filters
from indelible.index.candidates import candidates_of
from indelible.index.extend import Indexer, extend
from indelible.index.terms import id_term
from support.builders import NOON, SECOND, WORKSPACE
from support.candidates import candidates
from support.examples import examples
from support.memory_index import MemoryIndex
from support.small_index import (
    NEAR,
    SMALL,
    SPAN,
    WIDE_SPAN,
    Indexed,
    chain_of,
    events_at,
    id_at,
)

LONG = 2 * WIDE_SPAN + 3 * SPAN + 5


def a_chain(records: int) -> Indexed:
    """A chain of up to LONG records in segments of seven, without an index."""
    return Indexed([each for each in segments() if each.last_sequence <= records + 6])


@cache
def segments() -> list[Segment]:
    fields: list[dict[str, object]] = [
        {"actor_id": f"user_{number % 7}", "action": f"file.{number % 3}"} for number in range(LONG)
    ]
    return chain_of(events_at([NOON + number * SECOND for number in range(LONG)], fields), [7])


@cache
def complete() -> MemoryIndex:
    """The index of the long chain, made in one run."""
    indexed = a_chain(LONG)
    indexed.extend()
    return indexed.index


def always() -> bool:
    return True


def a_turn_each(turns: int) -> Callable[[], bool]:
    """Time for this many blocks."""
    turn = count()
    return lambda: next(turn) < turns


def test_every_complete_block_is_indexed_and_no_other() -> None:
    index = complete()
    narrow, wide = LONG // SPAN, LONG // WIDE_SPAN
    assert sorted(index.written) == [(WORKSPACE, block) for block in range(narrow)]
    expected = {
        (WORKSPACE, level.number, shard, block)
        for level, blocks in ((SMALL.narrow, narrow), (SMALL.wide, wide))
        for shard in range(level.shards)
        for block in range(blocks)
    }
    assert set(index.stored) == expected


def test_a_block_is_not_indexed_before_its_last_record_is_chained() -> None:
    indexed = a_chain(SPAN)
    assert indexed.extend(SPAN - 1) == []
    assert indexed.extend(SPAN) == [0]
    assert indexed.extend(SPAN) == []


@settings(max_examples=examples(25), deadline=None)
@given(st.lists(st.integers(0, LONG), min_size=1, max_size=12))
def test_deliveries_may_repeat_and_come_in_any_order(ends: list[int]) -> None:
    indexed = a_chain(LONG)
    indexers = [Indexer(indexed.ledger, indexed.index) for _ in range(2)]
    for turn, last in enumerate([*ends, LONG, *reversed(ends), LONG]):
        indexers[turn % 2].extend(WORKSPACE, last, always)
    assert indexed.index == replace(complete(), faults=indexed.index.faults)


@pytest.mark.parametrize("kind", ["before", "after"])
def test_a_crash_at_any_call_loses_nothing(kind: str) -> None:
    """Each call in turn fails, or its reply is lost; the next invocation continues."""
    whole = complete()
    calls = [*whole.faults.calls]
    puts = [place for place, name in enumerate(calls) if name.startswith("put")]
    for place in [*puts[:18], *puts[18::53], *puts[-2:]]:
        indexed = a_chain(LONG)
        method = calls[place]
        before = calls[:place].count(method)
        indexed.index.faults.plan(method, *[None] * before, kind)
        with pytest.raises(Unavailable):
            indexed.extend()
        indexed.extend()
        assert indexed.index.stored == whole.stored
        assert indexed.index.written == whole.written


def test_leftovers_of_a_crash_mislead_no_reader() -> None:
    indexed = a_chain(LONG)
    wide_pages = SMALL.wide.shards * (LONG // WIDE_SPAN) + SMALL.narrow.shards * (LONG // SPAN)
    for stop in range(0, wide_pages, 61):
        indexed.index = MemoryIndex(geometry=SMALL)
        indexed.index.faults.plan("put_page", *[None] * stop, "before")
        with pytest.raises(Unavailable):
            indexed.extend()
        filters = Filters({"actor_id": "user_3"})
        named: set[int] = set()
        for span in candidates(indexed.index, WORKSPACE, filters, 1, LONG):
            within = range(span.first, span.last + 1)
            named.update(within if span.sequences is None else span.sequences)
        assert set(range(4, LONG + 1, 7)) <= named


def test_indexers_that_run_at_the_same_time_write_the_same() -> None:
    indexed = a_chain(LONG)
    turns = count()

    def interrupt(method: str) -> None:
        if method == "put_page" and next(turns) == 400:
            list(extend(indexed.ledger, indexed.index, WORKSPACE, LONG - SPAN, always))

    indexed.index.faults.interrupt = interrupt
    indexed.extend()
    whole = complete()
    assert (indexed.index.stored, indexed.index.written) == (whole.stored, whole.written)


def test_a_chain_older_than_the_index_is_indexed_step_by_step() -> None:
    indexed = a_chain(LONG)
    indexer = Indexer(indexed.ledger, indexed.index)
    built: list[int] = []
    while not built or built[-1]:
        built.append(indexer.extend(WORKSPACE, LONG, a_turn_each(5)))
    assert sum(built) == LONG // SPAN
    assert set(built[:-2]) == {5}
    assert indexed.index.stored == complete().stored


def test_no_call_is_made_while_the_next_block_is_incomplete() -> None:
    indexed = a_chain(LONG)
    indexer = Indexer(indexed.ledger, indexed.index)
    indexer.extend(WORKSPACE, 3 * SPAN + 2, always)
    indexed.index.faults.calls.clear()
    indexed.ledger.faults.calls.clear()
    for last in range(3 * SPAN, 4 * SPAN):
        assert indexer.extend(WORKSPACE, last, always) == 0
    assert indexed.index.faults.calls == indexed.ledger.faults.calls == []
    assert indexer.extend(WORKSPACE, 4 * SPAN, always) == 1


def test_a_block_built_by_another_indexer_is_not_built_again() -> None:
    indexed = a_chain(LONG)
    mine = Indexer(indexed.ledger, indexed.index)
    mine.extend(WORKSPACE, SPAN, always)
    indexed.extend(10 * SPAN)
    assert mine.extend(WORKSPACE, 11 * SPAN, always) == 1


def test_a_block_with_missing_segments_excludes_no_record() -> None:
    indexed = a_chain(2 * SPAN)
    with pytest.raises(Unreadable, match=f"nothing at sequence {3 * SPAN + 1}"):
        indexed.extend(10 * SPAN)
    assert sorted(block for _, block in indexed.index.written) == [0, 1, 2]


def test_records_that_overtook_many_others_are_found_by_their_id() -> None:
    """One record came late; so did the first of each block, before which no reader looks."""
    times = [NOON + number * SECOND for number in range(2 * SPAN)]
    times[SPAN + NEAR + 3] = times[0] - SECOND
    indexed = Indexed(chain_of(events_at(times), [5]))
    indexed.extend()
    named: set[int] = set()
    for number, time in enumerate(times):
        terms = [id_term(id_at(time, number))]
        for span in candidates_of(indexed.index, WORKSPACE, terms, 1, 2 * SPAN):
            named.update(span.sequences or ())
    assert named == {1, SPAN + 1, SPAN + NEAR + 4}


def test_many_events_with_many_targets_do_not_swell_the_index() -> None:
    def targets(number: int) -> dict[str, object]:
        return {"targets": [{"type": "t", "id": f"{number}-{each}"} for each in range(200)]}

    events: list[QueuedEvent] = events_at(
        [NOON + number for number in range(SPAN)], [targets(number) for number in range(SPAN)]
    )
    indexed = Indexed(chain_of(events, [SPAN]))
    indexed.extend()
    assert sum(map(len, indexed.index.stored.values())) < SMALL.narrow.shards * 40
    spans = candidates(indexed.index, WORKSPACE, Filters({"target_id": "3-199"}), 1, SPAN)
    assert [(span.first, span.last, span.sequences) for span in spans] == [(1, SPAN, None)]


def test_a_segment_larger_than_the_writer_makes_is_indexed_only_in_part() -> None:
    """Such a segment can replace several removed ones.

    It then reaches into more blocks than are blanked when it is removed. Nothing it claims there
    may outlast it.
    """
    events = events_at([NOON + number * SECOND for number in range(4 * SPAN)])
    index = MemoryIndex(geometry=replace(SMALL, segment_records=SPAN))
    indexed = Indexed(chain_of(events, [4 * SPAN]), index=index)
    indexed.extend()
    spans = list(candidates(indexed.index, WORKSPACE, Filters({"actor_id": "x"}), 1, 4 * SPAN))
    named = {n for s in spans for n in s.sequences or range(s.first, s.last + 1)}
    assert set(range(SPAN + 1, 4 * SPAN + 1)) <= named
