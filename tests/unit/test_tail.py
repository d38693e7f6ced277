"""The tail knows a chained event from memory or by a look-up, and treats no other as chained."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from indelible.chain.fields import QueuedEvent
from indelible.chain.hashes import EMPTY
from indelible.errors import Unavailable, Unreadable
from indelible.writing.sizes import SIZES
from indelible.writing.tail import Tail, catch_up, read_tail
from support.builders import (
    NOON,
    SECOND,
    WORKSPACE,
    a_chain,
    a_queued_event,
    event_id,
)
from support.invariants import chained_ids
from unit.tails import a_ledger, grown_tail, looked_for

RECEIVED = st.integers(NOON, NOON + 30)


@given(
    st.lists(RECEIVED, min_size=1, max_size=40),
    st.lists(RECEIVED, max_size=10),
    st.integers(1, 5),
    st.booleans(),
    st.data(),
)
def test_exactly_the_chained_events_are_found(
    chained: list[int], others: list[int], per_segment: int, remembered: bool, data: st.DataObject
) -> None:
    events = [a_queued_event(n, at) for n, at in enumerate(chained)]
    chain = a_chain(0, per_segment, events)
    known = chain[: data.draw(st.integers(0, len(chain)))]
    ledger = a_ledger(known)
    tail = grown_tail(known) if remembered else read_tail(ledger, WORKSPACE)
    ledger.load(chain)  # what another writer appended since
    fresh = [a_queued_event(1_000 + n, at) for n, at in enumerate(others)]
    wanted = data.draw(st.permutations(events + fresh))
    within = set(chained_ids(known))
    found = looked_for(ledger, tail, wanted)
    assert found & within == within
    assert found <= within | set(chained_ids(chain))


@given(st.integers(1, 30), st.integers(1, 4), st.integers(0, 30), st.booleans())
def test_a_tail_that_caught_up_knows_the_appended_events(
    n: int, per_segment: int, known: int, remembered: bool
) -> None:
    chain = a_chain(n, per_segment)
    ledger = a_ledger(chain[:known])
    tail = grown_tail(chain[:known]) if remembered else read_tail(ledger, WORKSPACE)
    ledger.load(chain)
    tail = catch_up(ledger, WORKSPACE, tail) or read_tail(ledger, WORKSPACE)
    assert tail.head == chain[-1].head
    assert len(tail.segments) <= SIZES.remembered_segments
    events = [a_queued_event(i, NOON + i * SECOND) for i in range(1, n + 1)]
    for event in events:
        if event.received_at >= tail.since:
            assert tail.holds(event.id)
    assert not tail.holds(event_id(99))


def test_a_tail_holds_every_record_created_since() -> None:
    chain = a_chain(30, 3)
    for segments in range(11):
        tail = grown_tail(chain[:segments])
        since = [i for i in range(1, 3 * segments + 1) if NOON + i * SECOND >= tail.since]
        assert [i for i in range(1, 31) if tail.holds(event_id(i, NOON + i * SECOND))] == since
        assert tail.head == (chain[segments - 1].head if segments else EMPTY)
    assert len(tail.segments) == SIZES.remembered_segments


def test_the_usual_event_costs_no_read() -> None:
    ledger = a_ledger(a_chain(30, 3))
    tail = read_tail(ledger, WORKSPACE)
    ledger.faults.calls.clear()
    later = [a_queued_event(n, tail.head.created_at + 1) for n in range(100)]
    assert looked_for(ledger, tail, later) == set()
    assert ledger.faults.calls == []


def test_an_event_received_in_the_heads_own_microsecond_is_looked_up() -> None:
    ledger = a_ledger(a_chain(3, 3))
    tail = read_tail(ledger, WORKSPACE)
    last = a_queued_event(3, tail.head.created_at)
    assert looked_for(ledger, tail, [last]) == {last.id}


def test_an_event_repeated_after_long_is_found_in_few_reads() -> None:
    chain = a_chain(4_096, 1)
    ledger = a_ledger(chain)
    tail = read_tail(ledger, WORKSPACE)
    for number in (1, 2, 700, 4_000, 4_095):
        ledger.faults.calls.clear()
        event = a_queued_event(number, NOON + number * SECOND)
        assert looked_for(ledger, tail, [event]) == {event.id}
        assert len(ledger.faults.calls) <= 14


def test_old_events_far_apart_are_found_without_reading_what_lies_between() -> None:
    ledger = a_ledger(a_chain(2_048, 1))
    tail = read_tail(ledger, WORKSPACE)
    ledger.faults.calls.clear()
    old = [a_queued_event(n, NOON + n * SECOND) for n in (1, 1_000, 2_000)]
    assert looked_for(ledger, tail, old) == {event.id for event in old}
    assert len(ledger.faults.calls) <= 3 * 13


def test_an_event_chained_long_after_it_was_received_is_found() -> None:
    late = a_queued_event(50, NOON)
    events = [a_queued_event(n, NOON + n * SECOND) for n in range(1, 50)]
    ledger = a_ledger(a_chain(0, 2, [*events[:40], late, *events[40:]]))
    tail = read_tail(ledger, WORKSPACE)
    assert looked_for(ledger, tail, [late]) == {late.id}


def test_an_old_event_that_was_never_chained_is_not_found() -> None:
    ledger = a_ledger(a_chain(50, 2))
    tail = read_tail(ledger, WORKSPACE)
    for at in (0, NOON, NOON + SECOND, NOON + 25 * SECOND + 1, tail.head.created_at):
        assert looked_for(ledger, tail, [a_queued_event(99, at)]) == set()


@pytest.mark.parametrize("method", ["at_or_before", "ascending"])
def test_a_failed_look_up_is_an_error_and_never_an_absence(method: str) -> None:
    ledger = a_ledger(a_chain(20, 2))
    tail = read_tail(ledger, WORKSPACE)
    for call in range(3):
        ledger.faults.planned.clear()
        ledger.faults.plan(method, *[None] * call, "before")
        with pytest.raises(Unavailable):
            looked_for(ledger, tail, [a_queued_event(99, NOON)])


def test_an_unreadable_end_is_an_error_and_never_an_empty_chain() -> None:
    ledger = a_ledger([])
    ledger.faults.plan("newest", "before")
    with pytest.raises(Unavailable):
        read_tail(ledger, WORKSPACE)


def test_a_chain_cut_off_before_the_remembered_head_is_an_error_not_an_endless_search() -> None:
    chain = a_chain(40, 2)
    tail = grown_tail(chain)
    old: QueuedEvent = a_queued_event(99, NOON)
    with pytest.raises(Unreadable, match="has no sequence"):
        looked_for(a_ledger(chain[:5]), tail, [old])
    with pytest.raises(Unreadable):
        looked_for(a_ledger([]), tail, [old])


def test_a_chain_without_its_beginning_is_an_error() -> None:
    chain = a_chain(40, 2)
    with pytest.raises(Unreadable, match="has no sequence"):
        looked_for(a_ledger(chain[15:]), grown_tail(chain), [a_queued_event(99, NOON)])


def test_an_unreadable_newest_segment_is_an_error() -> None:
    [segment] = a_chain(2, 2)
    with pytest.raises(Unreadable):
        read_tail(a_ledger([replace(segment, records=b"junk")]), WORKSPACE)


def test_an_empty_chain_has_an_empty_tail() -> None:
    assert read_tail(a_ledger([]), WORKSPACE) == Tail(EMPTY, 0, ())
