"""A look-up in a long chain stops when time runs out, and later resumes exactly there."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from indelible.errors import OutOfTime, Unreadable
from indelible.writing.tail import read_tail
from support.builders import (
    NOON,
    SECOND,
    WORKSPACE,
    a_chain,
    a_delivered,
    a_queued_event,
)
from support.invariants import assert_sound, chained_ids
from support.memory_ledger import MemoryLedger
from support.memory_look_ups import MemoryLookUps
from support.writers import chained_on, writer_on
from unit.look_ups import RECEIVED, deliver, draws, looked_up


def test_a_look_up_stops_when_time_runs_out_and_resumes_at_the_next_delivery() -> None:
    ledger = MemoryLedger()
    ledger.load(a_chain(400, 1))
    writer = writer_on(ledger)
    chained, never = a_queued_event(3, NOON + 3 * SECOND), a_queued_event(999, NOON + 2 * SECOND)
    message = a_delivered("m", never, chained)
    deliveries = 1
    while (outcome := deliver(writer, ledger, 40, message)).failed:
        assert isinstance(outcome.error, OutOfTime)
        assert (outcome.failed, outcome.settled, outcome.chained) == (["m"], [], 0)
        assert len(ledger.faults.calls) <= 41
        deliveries += 1
    assert 5 <= deliveries <= 8
    ids = chained_ids(ledger.chain(WORKSPACE))
    assert (ids.count(never.id), ids.count(chained.id), len(ids)) == (1, 1, 401)
    assert_sound(ledger.chain(WORKSPACE))


def test_a_look_up_of_old_events_far_apart_stops_when_time_runs_out_too() -> None:
    ledger = MemoryLedger()
    ledger.load(a_chain(2_048, 1))
    writer = writer_on(ledger)
    events = [a_queued_event(n, NOON + n * SECOND) for n in range(1, 2_000, 100)]
    message = a_delivered("m", *events)
    deliveries = 1
    while deliver(writer, ledger, 50, message).failed:
        assert len(ledger.faults.calls) <= 50 + 14
        deliveries += 1
    assert 3 <= deliveries <= 10
    assert len(chained_ids(ledger.chain(WORKSPACE))) == 2_048


@pytest.mark.slow
@given(
    st.lists(RECEIVED, min_size=1, max_size=40),
    st.lists(RECEIVED, max_size=10),
    st.integers(1, 5),
    st.data(),
)
def test_exactly_the_chained_events_are_found_however_often_the_look_up_stops(
    chained: list[int], others: list[int], per_segment: int, data: st.DataObject
) -> None:
    """Meanwhile the chain grows and other events are looked up, always by a new environment."""
    events = [a_queued_event(n, at) for n, at in enumerate(chained)]
    all_segments = a_chain(0, per_segment, events)
    known = data.draw(st.integers(1, len(all_segments)))
    ledger, look_ups = MemoryLedger(), MemoryLookUps()
    ledger.load(all_segments[:known])
    wanted = data.draw(
        st.permutations(events + [a_queued_event(1_000 + n, at) for n, at in enumerate(others)])
    )
    while True:
        some = wanted[: data.draw(st.integers(1, len(wanted)))]
        delivery = chained_on(ledger, some, draws(data), look_ups)
        try:
            delivery.update(read_tail(ledger, WORKSPACE))
        except OutOfTime:
            known = data.draw(st.integers(known, len(all_segments)))
            ledger.load(all_segments[:known])
            continue
        within = set(chained_ids(all_segments[:known]))
        assert delivery.ids == within & {event.id for event in some}
        if len(some) == len(wanted):
            return


@pytest.mark.parametrize("environments", [1, 2, 3, 5])
def test_a_late_look_up_resumes_in_whichever_environment_gets_it(environments: int) -> None:
    """It took 3, 5, 7 and 11 deliveries when each environment started again; ten are allowed."""
    ledger, look_ups = MemoryLedger(), MemoryLookUps()
    ledger.load(a_chain(400, 1))
    writers = [writer_on(ledger, look_ups=look_ups) for _ in range(environments)]
    message = a_delivered("m", a_queued_event(999, NOON + 2 * SECOND))
    deliveries = 1
    while deliver(writers[deliveries % environments], ledger, 80, message).failed:
        deliveries += 1
    assert deliveries == 3
    assert len(chained_ids(ledger.chain(WORKSPACE))) == 401


def test_events_of_many_segments_are_looked_up_once() -> None:
    ledger = MemoryLedger()
    ledger.load(a_chain(200, 1))
    writer = writer_on(ledger)
    never = [a_queued_event(n, NOON + 2 * SECOND) for n in range(10_000, 13_500)]
    outcome = deliver(writer, ledger, 1_000, a_delivered("m", *never))
    assert (outcome.failed, outcome.chained) == ([], 3_500)
    assert ledger.faults.calls.count("append") == 4
    assert len(ledger.faults.calls) <= 130


@pytest.mark.parametrize(
    ("remaining", "error"), [(20, "no sequence"), (29, "ends before its head")]
)
def test_a_chain_cut_off_during_a_look_up_is_an_error_and_never_an_absence(
    remaining: int, error: str
) -> None:
    segments = a_chain(30, 1)
    ledger = MemoryLedger()
    ledger.load(segments)
    tail = read_tail(ledger, WORKSPACE)
    cut_off = MemoryLedger()
    cut_off.load(segments[:remaining])
    with pytest.raises(Unreadable, match=error):
        chained_on(cut_off, [a_queued_event(999, NOON + 28 * SECOND)]).update(tail)


def test_a_segment_missing_in_the_middle_is_an_error_and_never_an_absence() -> None:
    segments = a_chain(30, 1)
    ledger = MemoryLedger()
    ledger.load(segments[:10] + segments[11:])
    with pytest.raises(Unreadable, match="no sequence 11"):
        looked_up(ledger, MemoryLookUps(), a_queued_event(999, NOON + 2 * SECOND))


def test_an_event_in_a_segment_with_wrong_hashes_is_an_error_and_never_an_absence() -> None:
    """If chained again, it would be in the chain twice once the segment is restored."""
    segments = a_chain(30, 1)
    changed = replace(segments[10], records=a_chain(30, 1)[11].records)
    ledger = MemoryLedger()
    ledger.load([*segments[:10], changed, *segments[11:]])
    with pytest.raises(Unreadable, match="the event hash"):
        looked_up(ledger, MemoryLookUps(), a_queued_event(11, NOON + 11 * SECOND))
