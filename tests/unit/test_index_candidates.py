"""Candidates: whatever the index has, lacks or garbles, no matching event is left out."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from indelible.errors import Unreadable
from indelible.filters import Filters, read_filters
from indelible.index.candidates import LOOK_AHEAD, Span, together
from indelible.index.directory import (
    BLANK_DIRECTORY,
    BlockDirectory,
    decode_directory,
    encode_directory,
)
from indelible.index.levels import GEOMETRY, Geometry
from indelible.index.starts import size_of_starts
from support.builders import NOON, SECOND, WORKSPACE, records_of
from support.candidates import candidates
from support.examples import examples
from support.small_index import SMALL, SPAN, Indexed, chain_of, events_at

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
        "occurred_at": st.sampled_from(
            (
                "0001-01-01T00:00:00.000000Z",
                "2026-03-05T09:00:00.000000Z",
                "2026-03-05T09:00:00.999999999Z",
                "9999-12-31T23:59:59.999999Z",
            )
        ),
        "ip_address": st.just("203.0.113.7"),
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
        )
        | st.lists(st.sampled_from((*ACTIONS, "invoice.*", "in*")), min_size=2, max_size=4),
        "object_id": st.sampled_from(("1", "x", "z")),
        "occurred_from": st.sampled_from(("0001-01-01", "2026-03-05T09:00:01Z", "2026-11-24")),
        "occurred_to": st.sampled_from(("9999-12-31", "2026-11-24", "2026-11-25")),
        "ip_address": st.just("203.0.113.7"),
        "action_category": st.sampled_from(("auth", "billing")),
        "resource": st.sampled_from(("invoice", "file")),
        "resource_id": st.sampled_from(("1", "4", "9")),
        "tenant_id": st.just("t1"),
        "session_id": st.sampled_from(("s1", "s4")),
        "target_type": st.sampled_from(("team", "user")),
        "target_id": st.sampled_from(("x", "z")),
        "search": st.sampled_from(("invoice", "zebra")),
    },
).map(read_filters)


@st.composite
def indexed_chains(draw: st.DrawFn, longest: int = 600) -> Indexed:
    """A chain indexed as far as possible, perhaps with parts missing, garbled or old."""
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
    written = indexed.index.written
    for place in draw(st.lists(st.sampled_from(sorted(written)), max_size=4)) if written else ():
        written[place] = draw(st.sampled_from([b"garbage", BLANK, without_slices(written[place])]))
    for place in draw(st.lists(st.sampled_from(sorted(written)), max_size=2)) if written else ():
        written.pop(place, None)
    return indexed


BLANK = encode_directory(BLANK_DIRECTORY, SPAN)


def without_slices(stored: bytes) -> bytes:
    """A directory as it was stored before there were slices, if it can be read."""
    with suppress(Unreadable):
        landmarks, starts, _ = decode_directory(stored, SPAN)
        plain = zlib.decompress(encode_directory(BlockDirectory(landmarks, starts), SPAN))
        slices_at = 1 + size_of_starts(SPAN)
        return zlib.compress(b"\x01" + plain[1:slices_at] + plain[slices_at + 2 :])
    return stored


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
