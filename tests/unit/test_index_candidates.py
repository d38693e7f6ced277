"""Candidates: whatever the index has, lacks or garbles, no matching event is left out."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from indelible.filters import Filters
from indelible.index.candidates import LOOK_AHEAD, Span, together
from indelible.index.levels import GEOMETRY, Geometry
from support.builders import WORKSPACE, records_of
from support.candidates import candidates
from support.examples import examples
from support.small_index import SMALL, Indexed
from unit.indexed_chains import FILTERS, indexed_chains


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


@pytest.mark.parametrize("geometry", [GEOMETRY, SMALL], ids=["stored", "small"])
def test_each_level_of_blocks_divides_the_next(geometry: Geometry) -> None:
    assert geometry.wide.span % geometry.narrow.span == 0
    assert geometry.wide.shards % geometry.narrow.shards == 0
