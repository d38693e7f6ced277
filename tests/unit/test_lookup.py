"""Looking up: the same answers as reading the whole chain gives, with a call or two."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from builders import DAY, MINUTE, NOON, SECOND, WORKSPACE, records_of
from hypothesis import given, settings
from hypothesis import strategies as st
from indelible.errors import Unavailable, Unreadable
from indelible.lookup import find_event, first_sequence_at
from indelible.message import QueuedEvent
from indelible.record import read_headers
from indelible.segment import Segment
from indelible.times import parse_time
from invariants import chained_ids
from small_index import SPAN, WIDE_SPAN, Indexed, chain_of, events_at, id_at, small_blocks


@pytest.fixture(autouse=True)
def in_miniature() -> Iterator[None]:
    with small_blocks():
        yield


STEPS = st.sampled_from((0, 0, 0, 1_000, SECOND, MINUTE, -SECOND, -MINUTE, DAY, -DAY))


@st.composite
def chains(draw: st.DrawFn) -> Indexed:
    """A chain of events that overtook each other, indexed as far as may be."""
    steps = draw(st.lists(STEPS, min_size=1, max_size=12))
    count = draw(st.integers(0, 500))
    time, times = NOON, list[int]()
    for number in range(count):
        time = max(NOON - DAY, time + steps[number * 7 // 3 % len(steps)])
        times.append(time)
    sizes = draw(st.lists(st.integers(1, 20), min_size=1, max_size=5))
    indexed = Indexed(chain_of(events_at(times), sizes))
    indexed.extend(draw(st.integers(0, count)))
    if draw(st.booleans()):
        indexed.index.written.clear()  # all pages, no directories
    return indexed


def first_at(chain: list[Segment], time: int) -> int:
    """`first_sequence_at`, record by record."""
    headers = read_headers(records_of(chain))
    later = [each.sequence for each in headers if parse_time(each.created_at) >= time]
    return later[0] if later else len(headers) + 1


@settings(max_examples=100, deadline=None)
@given(chains(), st.data())
def test_every_event_is_found_where_it_is(indexed: Indexed, data: st.DataObject) -> None:
    ids = chained_ids(indexed.chain)
    reader = indexed.reader()
    for sequence in data.draw(st.lists(st.integers(1, len(ids)), max_size=40)) if ids else ():
        found = find_event(reader, WORKSPACE, ids[sequence - 1])
        assert found is not None
        assert found.sequence == sequence
        assert found.segment in indexed.chain
        assert found.segment.first_sequence <= sequence <= found.segment.last_sequence


@settings(max_examples=60, deadline=None)
@given(chains(), st.integers(-DAY, 500 * DAY), st.booleans())
def test_what_is_not_there_is_not_found(indexed: Indexed, offset: int, is_foreign: bool) -> None:
    absent = id_at(NOON + offset, 999)
    workspace_id = "ws_other" if is_foreign else WORKSPACE
    assert find_event(indexed.reader(), workspace_id, absent) is None
    for each in chained_ids(indexed.chain)[:3] if is_foreign else ():
        assert find_event(indexed.reader(), workspace_id, each) is None


@settings(max_examples=100, deadline=None)
@given(chains(), st.data())
def test_a_time_is_found_where_the_first_record_of_it_is(
    indexed: Indexed, data: st.DataObject
) -> None:
    reader = indexed.reader()
    edges = [t for s in indexed.chain for t in (s.first_created_at, s.last_created_at)]
    times = st.integers(NOON - 2 * DAY, NOON + 600 * DAY)
    if edges:
        times |= st.builds(int.__add__, st.sampled_from(edges), st.integers(-2, 2))
    for time in data.draw(st.lists(times, max_size=20)):
        expected = first_at(indexed.chain, time)
        assert first_sequence_at(reader, WORKSPACE, time) == expected
