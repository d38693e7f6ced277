"""Candidates: whatever the index has, lacks or garbles, no matching event is left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from indelible.filters import Filters
from indelible.index.candidates import LOOK_AHEAD, Span, candidates, together
from indelible.index.levels import GEOMETRY, Geometry
from support.builders import NOON, SECOND, WORKSPACE, records_of
from support.examples import examples
from support.small_index import SMALL, SPAN, WIDE_SPAN, Indexed, chain_of, events_at

ACTORS = ("ann", "bob", "cy")
ACTIONS = ("login", "invoice.created", "invoice.paid.late", "invoicing.on", "file.read")
FIELDS = st.fixed_dictionaries(
    {"actor_id": st.sampled_from(ACTORS), "action": st.sampled_from(ACTIONS)},
    optional={
        "action_category": st.sampled_from(("auth", "billing")),
        "resource": st.sampled_from(("invoice", "file")),
        "resource_id": st.sampled_from(("1", "2", "3", "4")),
        "tenant_id": st.sampled_from(("t1", "t2")),
        "session_id": st.sampled_from(("s1", "s2", "s3")),
        "targets": st.lists(
            st.fixed_dictionaries(
                {"type": st.sampled_from(("team", "user"))},
                optional={"id": st.sampled_from(("x", "y"))},
            ),
            max_size=3,
        ),
    },
)
FILTERS = st.fixed_dictionaries(
    {},
    optional={
        "actor_id": st.sampled_from((*ACTORS, "nobody")),
        "action": st.sampled_from(
            (*ACTIONS, "*", "inv*", "invoice.*", "invoice.pa*", "invoice.paid.*", "none.*")
        ),
        "action_category": st.sampled_from(("auth", "billing")),
        "resource": st.sampled_from(("invoice", "file")),
        "resource_id": st.sampled_from(("1", "4", "9")),
        "tenant_id": st.just("t1"),
        "session_id": st.sampled_from(("s1", "s4")),
        "target_type": st.sampled_from(("team", "user")),
        "target_id": st.sampled_from(("x", "z")),
        "search": st.sampled_from(("invoice", "zebra")),
    },
).map(Filters)


@st.composite
def indexed_chains(draw: st.DrawFn, longest: int = 600) -> Indexed:
    """A chain indexed as far as possible, perhaps with pages missing or garbled."""
    kinds = draw(st.lists(FIELDS, min_size=1, max_size=8))
    count = draw(st.integers(0, longest))
    step = draw(st.integers(1, len(kinds)))
    fields = [kinds[number * step // 3 % len(kinds)] for number in range(count)]
    events = events_at([NOON + number * SECOND for number in range(count)], fields)
    indexed = Indexed(chain_of(events, draw(st.lists(st.integers(1, 60), min_size=1, max_size=5))))
    indexed.extend(draw(st.integers(0, count)))
    stored = indexed.index.stored
    for key in draw(st.lists(st.sampled_from(sorted(stored)), max_size=6)) if stored else ():
        if draw(st.booleans()):
            stored.pop(key, None)
        elif key in stored:
            stored[key] = stored[key][: draw(st.integers(0, 30))]
    return indexed


@settings(max_examples=examples(150), deadline=None)
@given(indexed_chains(), FILTERS, st.data())
def test_spans_cover_exactly_the_requested_range_and_miss_nothing(
    indexed: Indexed, filters: Filters, data: st.DataObject
) -> None:
    first = data.draw(st.integers(1, indexed.last + 1))
    last = data.draw(st.integers(first - 1, indexed.last))
    expected = last
    named: set[int] = set()
    for span in candidates(indexed.index, WORKSPACE, filters, first, last):
        assert span.last == expected
        assert first <= span.first <= span.last
        expected = span.first - 1
        within = range(span.first, span.last + 1)
        sequences = list(within if span.sequences is None else span.sequences)
        assert set(sequences) <= set(within)
        if span.sequences is not None:
            assert sequences == sorted(set(sequences), reverse=True)
        named.update(sequences)
    assert expected == first - 1
    records = dict(enumerate(records_of(indexed.chain), 1))
    matching = {n for n in range(first, last + 1) if filters.matches(records[n])}
    assert matching <= named


SPANS = st.lists(st.integers(0, 4).map(range) | st.just(None), min_size=1, max_size=3 * LOOK_AHEAD)


@settings(max_examples=examples(150), deadline=None)
@given(SPANS, st.integers(1, 30))
def test_spans_are_joined_until_they_name_enough_and_nothing_is_lost(
    kinds: list[range | None], enough: int
) -> None:
    """Each span has ten sequences, the highest first."""
    top = 10 * len(kinds)
    spans = [
        Span(top - 10 * n - 9, top - 10 * n, kind and [top - 10 * n - each for each in kind])
        for n, kind in enumerate(kinds)
    ]
    joined = [*together(spans, lambda: enough)]
    assert [each.last for each in joined] == [top, *(each.first - 1 for each in joined[:-1])]
    assert joined[-1].first == 1
    named = [at for each in spans for at in each.sequences or ()]
    assert [at for each in joined for at in each.sequences or ()] == named
    assert [each for each in joined if each.sequences is None] == [
        each for each in spans if each.sequences is None
    ]
    for each, after in pairwise(joined):
        assert each.last - each.first < 10 * LOOK_AHEAD
        if each.sequences and after.sequences is not None and len(each.sequences) < enough:
            assert each.last - each.first + 1 == 10 * LOOK_AHEAD


def test_a_caller_that_waits_for_one_candidate_looks_ahead_a_bounded_number_of_spans() -> None:
    last = 10 * 3 * LOOK_AHEAD
    spans = [Span(at - 9, at, [at] if at == last else ()) for at in range(last, 0, -10)]
    first = next(together(iter(spans), lambda: 26))
    assert first == Span(last - 10 * LOOK_AHEAD + 1, last, [last])


def test_no_more_spans_are_taken_than_a_caller_needs() -> None:
    taken = []

    def spans() -> Iterator[Span]:
        for last in range(1_000, 0, -10):
            taken.append(last)
            yield Span(last - 9, last, [last] if last < 990 else ())

    joined = together(spans(), lambda: 3)
    assert next(joined) == Span(991, 1_000, ())
    assert taken == [1_000]
    assert next(joined) == Span(981, 990, ())
    assert next(joined) == Span(951, 980, [980, 970, 960])
    assert taken == [1_000, 990, 980, 970, 960]


def listed(indexed: Indexed, **texts: str) -> list[Span]:
    return list(candidates(indexed.index, WORKSPACE, Filters(texts), 1, indexed.last))


def a_chain_with(count: int, rare: Mapping[int, Mapping[str, object]]) -> Indexed:
    """A chain of ordinary events, except for the rare ones at these sequences."""
    fields = [rare.get(sequence, {}) for sequence in range(1, count + 1)]
    events = events_at([NOON + number * SECOND for number in range(count)], fields)
    indexed = Indexed(chain_of(events, [7]))
    indexed.extend()
    return indexed


def test_a_rare_event_is_named_and_only_the_tail_has_to_be_read() -> None:
    indexed = a_chain_with(2 * WIDE_SPAN + SPAN + 5, {100: {"actor_id": "rare"}})
    spans = listed(indexed, actor_id="rare")
    assert spans[0] == Span(2 * WIDE_SPAN + SPAN + 1, indexed.last, None, is_unindexed=True)
    assert [list(span.sequences) for span in spans[1:] if span.sequences] == [[100]]
    assert None not in [span.sequences for span in spans[1:]]


def test_a_value_that_never_occurred_has_no_candidates() -> None:
    indexed = a_chain_with(3 * WIDE_SPAN, {})
    assert {span.sequences for span in listed(indexed, tenant_id="none")} == {()}


def test_terms_are_combined_before_any_record_is_read() -> None:
    rare = {
        20: {"actor_id": "rare"},
        21: {"tenant_id": "t"},
        300: {"actor_id": "rare", "tenant_id": "t"},
    }
    indexed = a_chain_with(2 * WIDE_SPAN, rare)
    spans = listed(indexed, actor_id="rare", tenant_id="t")
    assert [n for span in spans for n in span.sequences or ()] == [300]


def test_all_events_are_read_when_most_may_match() -> None:
    dense = {n: {"tenant_id": "t"} for n in range(40, 120)}
    spans = listed(a_chain_with(WIDE_SPAN, dense), tenant_id="t")
    read = [n for s in spans if s.sequences is None for n in range(s.first, s.last + 1)]
    assert sorted(read) == [*range(41, 121)]
    assert [n for span in spans for n in span.sequences or ()] == [40]


def test_without_a_term_all_events_are_read_and_no_page() -> None:
    indexed = a_chain_with(WIDE_SPAN, {})
    indexed.index.faults.calls.clear()
    for texts in ({}, {"search": "invoice"}, {"action": "*"}, {"action": "inv*"}):
        assert listed(indexed, **texts) == [Span(1, WIDE_SPAN, None)]
    assert indexed.index.faults.calls == []


def test_pages_further_back_are_fetched_only_when_needed() -> None:
    indexed = a_chain_with(8 * WIDE_SPAN, {})
    indexed.index.faults.calls.clear()
    spans = candidates(indexed.index, WORKSPACE, Filters({"actor_id": "x"}), 1, indexed.last)
    next(spans)
    assert indexed.index.faults.calls == ["pages"]
    list(spans)
    assert len(indexed.index.faults.calls) > 8


def test_the_index_of_one_workspace_says_nothing_of_another() -> None:
    indexed = a_chain_with(2 * SPAN, {5: {"actor_id": "rare"}})
    filters = Filters({"actor_id": "rare"})
    others = candidates(indexed.index, "ws_other", filters, 1, 2 * SPAN)
    assert list(others) == [Span(1, 2 * SPAN, None, is_unindexed=True)]


def test_a_damaged_segment_is_a_candidate_for_every_filter() -> None:
    indexed = a_chain_with(3 * SPAN, {})
    damaged = replace(indexed.chain[2], records=b"garbage")
    indexed.ledger.load([damaged])
    indexed.index.stored.clear()
    indexed.index.written.clear()
    indexed.extend()
    spans = listed(indexed, actor_id="anyone")
    to_read = [
        n
        for s in spans
        for n in (range(s.first, s.last + 1) if s.sequences is None else s.sequences)
    ]
    assert set(range(damaged.first_sequence, damaged.last_sequence + 1)) <= set(to_read)
    assert len(to_read) < 2 * SPAN


@pytest.mark.parametrize("geometry", [GEOMETRY, SMALL], ids=["stored", "small"])
def test_each_level_of_blocks_divides_the_next(geometry: Geometry) -> None:
    assert geometry.wide.span % geometry.narrow.span == 0
    assert geometry.wide.shards % geometry.narrow.shards == 0
