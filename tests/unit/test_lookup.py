"""Looking up: the same results as reading the whole chain, in one or two calls."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from indelible.chain.fields import QueuedEvent
from indelible.chain.record import read_headers
from indelible.chain.segment import Segment
from indelible.errors import Unreadable
from indelible.index.directory import BlockDirectory, Landmark, encode_directory
from indelible.reading.find_event import find_event, first_sequence_at
from indelible.times import LATEST, parse_time
from support.builders import DAY, MINUTE, NOON, SECOND, WORKSPACE, records_of
from support.examples import examples
from support.invariants import chained_ids
from support.small_index import SPAN, WIDE_SPAN, Indexed, chain_of, events_at, id_at
from unit.lookup_chains import a_chain

STEPS = st.sampled_from((0, 0, 0, 1_000, SECOND, MINUTE, -SECOND, -MINUTE, DAY, -DAY))


@st.composite
def chains(draw: st.DrawFn) -> Indexed:
    """A chain of events that overtook each other, indexed as far as possible."""
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


@settings(max_examples=examples(100), deadline=None)
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


@settings(max_examples=examples(60), deadline=None)
@given(chains(), st.integers(-DAY, 500 * DAY), st.booleans())
def test_an_absent_event_is_not_found(indexed: Indexed, offset: int, is_foreign: bool) -> None:
    absent = id_at(NOON + offset, 999)
    workspace_id = "ws_other" if is_foreign else WORKSPACE
    assert find_event(indexed.reader(), workspace_id, absent) is None
    for each in chained_ids(indexed.chain)[:3] if is_foreign else ():
        assert find_event(indexed.reader(), workspace_id, each) is None


@settings(max_examples=examples(100), deadline=None)
@given(chains(), st.data())
def test_a_time_leads_to_the_first_record_at_or_after_it(
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


FORGED = st.lists(
    st.builds(
        Landmark,
        st.integers(1, 600) | st.integers(1, 10**16 - 1),
        st.integers(NOON - 2 * DAY, NOON + 600 * DAY) | st.integers(0, LATEST),
    ),
    max_size=12,
)


@pytest.mark.slow
@settings(max_examples=examples(150), deadline=None)
@given(chains(), FORGED, FORGED, st.data())
def test_a_misleading_directory_hides_nothing(
    indexed: Indexed, stored: list[Landmark], remembered: list[Landmark], data: st.DataObject
) -> None:
    """It was forged in the table, or remembered from a segment that was changed and restored."""
    written = indexed.index.written
    for place in data.draw(st.lists(st.integers(0, 40), max_size=3)) if stored else ():
        written[WORKSPACE, place] = encode_directory(BlockDirectory(stored), SPAN)
    reader, ids = indexed.reader(), chained_ids(indexed.chain)
    for landmark in remembered:
        reader.directory.of(WORKSPACE).learn(landmark)
    edges = [t for s in indexed.chain for t in (s.first_created_at, s.last_created_at)]
    for sequence in data.draw(st.lists(st.integers(1, len(ids)), max_size=12)) if ids else ():
        found = find_event(reader, WORKSPACE, ids[sequence - 1])
        assert found is not None
        assert found.sequence == sequence
        time = data.draw(st.sampled_from(edges)) + data.draw(st.integers(-2, 2))
        expected = first_at(indexed.chain, time)
        assert first_sequence_at(reader, WORKSPACE, time) == expected


def test_the_landmarks_of_a_changed_segment_are_forgotten_once_it_is_restored() -> None:
    """A warm reader has read a segment that claimed to start a day later than it does."""
    indexed = a_chain(WIDE_SPAN, indexed=0)
    genuine, ids = indexed.chain[15], chained_ids(indexed.chain)
    later = genuine.first_created_at + DAY
    indexed.ledger.load([replace(genuine, first_created_at=later, last_created_at=later)])
    reader = indexed.reader()
    for event_id in ids:
        find_event(reader, WORKSPACE, event_id)
    indexed.ledger.load([genuine])
    for sequence, event_id in enumerate(ids, 1):
        found = find_event(reader, WORKSPACE, event_id)
        assert found is not None
        assert found.sequence == sequence


def test_the_id_in_another_events_content_is_not_that_event() -> None:
    wanted = id_at(NOON + SECOND, 9)
    fields: list[dict[str, object]] = [{}, {"metadata": {"id": wanted}}, {}]
    indexed = Indexed(chain_of(events_at([NOON, NOON + SECOND, NOON + MINUTE], fields), [3]))
    assert find_event(indexed.reader(), WORKSPACE, wanted) is None


def test_the_time_of_a_landmark_is_found_without_reading_records() -> None:
    indexed = a_chain(2 * WIDE_SPAN)
    reader = indexed.reader()
    for segment in indexed.chain:
        assert first_sequence_at(reader, WORKSPACE, segment.first_created_at) == (
            segment.first_sequence
        )
    damaged = replace(indexed.chain[3], records=b"garbage")
    indexed.ledger.load([damaged])
    assert first_sequence_at(reader, WORKSPACE, damaged.first_created_at) == damaged.first_sequence
    with pytest.raises(Unreadable):
        first_sequence_at(reader, WORKSPACE, damaged.first_created_at + 1)


def test_an_empty_chain_has_neither_times_nor_events() -> None:
    reader = Indexed([]).reader()
    assert first_sequence_at(reader, WORKSPACE, NOON) == 1
    assert find_event(reader, WORKSPACE, id_at(NOON, 1)) is None


def test_an_event_chained_during_the_look_up_is_found() -> None:
    """A reader that knows an earlier state of the chain finds newer records, far or near."""
    events: list[QueuedEvent] = events_at([NOON + number * SECOND for number in range(900)])
    chain = chain_of(events, [7])
    indexed = Indexed(chain[:3])
    reader = indexed.reader()
    assert find_event(reader, WORKSPACE, events[20].id)
    for grown in (4, 40, len(chain)):
        indexed.ledger.load(chain[:grown])
        indexed.extend(chain[grown - 1].last_sequence)
        found = find_event(reader, WORKSPACE, events[chain[grown - 1].last_sequence - 1].id)
        assert found is not None
        assert found.segment == chain[grown - 1]
