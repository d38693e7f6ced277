"""A look-up in a long chain: it ends when its time does, and goes on from there, exactly."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from builders import (
    NOON,
    SECOND,
    WORKSPACE,
    a_chain,
    a_delivered,
    a_queued_event,
    counted_entropy,
)
from hypothesis import given
from hypothesis import strategies as st
from indelible.delivery import Delivered, Outcome, Writer, chain
from indelible.errors import Unavailable, Unreadable
from indelible.patience import Patience
from indelible.tail import Sought, catch_up, find_chained, read_tail
from invariants import assert_sound, chained_ids
from memory import MemoryLedger, MemoryQueue

RECEIVED = st.integers(NOON, NOON + 30)


def deliver(writer: Writer, ledger: MemoryLedger, calls: int, *delivered: Delivered) -> Outcome:
    """A delivery in whose time there are so many calls."""
    ledger.faults.calls.clear()
    patience = Patience(lambda: float(calls - len(ledger.faults.calls)), lambda _: None)
    return chain(writer, WORKSPACE, delivered, patience)


def test_a_look_up_ends_when_its_time_does_and_goes_on_at_the_next_delivery() -> None:
    ledger = MemoryLedger()
    ledger.load(a_chain(400, 1))
    writer = Writer(ledger, MemoryQueue(), counted_entropy())
    chained, never = a_queued_event(3, NOON + 3 * SECOND), a_queued_event(999, NOON + 2 * SECOND)
    message = a_delivered("m", never, chained)
    deliveries = 1
    while (outcome := deliver(writer, ledger, 40, message)).failed:
        assert isinstance(outcome.error, Unavailable)
        assert (outcome.failed, outcome.settled, outcome.chained) == (["m"], [], 0)
        assert len(ledger.faults.calls) <= 41
        deliveries += 1
    assert 5 <= deliveries <= 8
    ids = chained_ids(ledger.chain(WORKSPACE))
    assert (ids.count(never.id), ids.count(chained.id), len(ids)) == (1, 1, 401)
    assert_sound(ledger.chain(WORKSPACE))


def test_old_events_far_apart_end_when_their_time_does_too() -> None:
    ledger = MemoryLedger()
    ledger.load(a_chain(2_048, 1))
    writer = Writer(ledger, MemoryQueue(), counted_entropy())
    events = [a_queued_event(n, NOON + n * SECOND) for n in range(1, 2_000, 100)]
    message = a_delivered("m", *events)
    deliveries = 1
    while deliver(writer, ledger, 50, message).failed:
        assert len(ledger.faults.calls) <= 50 + 14
        deliveries += 1
    assert 3 <= deliveries <= 10
    assert len(chained_ids(ledger.chain(WORKSPACE))) == 2_048


@given(
    st.lists(RECEIVED, min_size=1, max_size=40),
    st.lists(RECEIVED, max_size=10),
    st.integers(1, 5),
    st.data(),
)
def test_exactly_what_is_chained_is_found_however_often_it_ends(
    chained: list[int], others: list[int], per_segment: int, data: st.DataObject
) -> None:
    """Meanwhile the chain grows, and other events are asked for."""
    events = [a_queued_event(n, at) for n, at in enumerate(chained)]
    all_segments = a_chain(0, per_segment, events)
    known = data.draw(st.integers(1, len(all_segments)))
    ledger = MemoryLedger()
    ledger.load(all_segments[:known])
    tail = read_tail(ledger, WORKSPACE)
    asked = data.draw(
        st.permutations(events + [a_queued_event(1_000 + n, at) for n, at in enumerate(others)])
    )
    while True:
        some = asked[: data.draw(st.integers(1, len(asked)))]
        found, tail = find_chained(ledger, WORKSPACE, tail, some, _draws(data))
        if found is None:
            known = data.draw(st.integers(known, len(all_segments)))
            ledger.load(all_segments[:known])
            tail = catch_up(ledger, WORKSPACE, tail)
            continue
        within = set(chained_ids(all_segments[:known]))
        assert found == within & {event.id for event in some}
        if len(some) == len(asked):
            return


def _draws(data: st.DataObject) -> Callable[[], bool]:
    return lambda: data.draw(st.booleans())


def test_what_was_sought_stays_while_the_chain_moves_on() -> None:
    ledger = MemoryLedger()
    segments = a_chain(30, 1)
    ledger.load(segments[:10])
    sought = Sought(3, frozenset("a"), frozenset("b"))
    for following in range(11, 31, 3):
        tail = replace(read_tail(ledger, WORKSPACE), sought=sought)
        ledger.load(segments[:following])
        assert catch_up(ledger, WORKSPACE, tail).sought == sought
    late = a_chain(31, 1)[-1]
    assert tail.after(late, frozenset()).sought == sought


def test_events_of_many_segments_are_looked_for_once() -> None:
    ledger = MemoryLedger()
    ledger.load(a_chain(200, 1))
    writer = Writer(ledger, MemoryQueue(), counted_entropy())
    never = [a_queued_event(n, NOON + 2 * SECOND) for n in range(10_000, 13_500)]
    outcome = deliver(writer, ledger, 1_000, a_delivered("m", *never))
    assert (outcome.failed, outcome.chained) == ([], 3_500)
    assert ledger.faults.calls.count("append") == 4
    assert len(ledger.faults.calls) <= 130


def test_a_chain_that_was_cut_off_meanwhile_is_an_error_and_never_not_there() -> None:
    segments = a_chain(30, 1)
    ledger = MemoryLedger()
    ledger.load(segments)
    tail = read_tail(ledger, WORKSPACE)
    never = a_queued_event(999, NOON + 2 * SECOND)
    found, tail = find_chained(ledger, WORKSPACE, tail, [never], lambda: True)
    assert found is None
    cut_off = MemoryLedger()
    cut_off.load(segments[:20])
    with pytest.raises(Unreadable, match="ends before its head"):
        find_chained(cut_off, WORKSPACE, tail, [never], lambda: False)
