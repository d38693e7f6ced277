"""Appending chains each event once, in order, whatever fails between its steps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from indelible.chain.fields import QueuedEvent
from indelible.errors import SequenceTaken, Unavailable
from indelible.writing.append import Commit
from indelible.writing.patience import Patience
from indelible.writing.tail import Tail, read_tail
from support.builders import DAY, NOON, SECOND, WORKSPACE, a_chain, a_queued_event, tries
from support.invariants import assert_exactly_once, assert_sound, chained_ids
from support.memory_ledger import MemoryLedger
from support.writers import appender_on

EVENTS = [a_queued_event(n, NOON) for n in range(1, 6)]


def commits(
    ledger: MemoryLedger,
    events: Sequence[QueuedEvent] = EVENTS,
    remembered: Tail | None = None,
    patience: Patience | None = None,
) -> Iterator[Commit]:
    return appender_on(ledger, events, remembered, patience).append(events)


def test_events_are_chained_in_their_order() -> None:
    ledger = MemoryLedger()
    [commit] = commits(ledger)
    assert (commit.settled, commit.segment) == (5, ledger.chain(WORKSPACE)[0])
    assert chained_ids(ledger.chain(WORKSPACE)) == [event.id for event in EVENTS]
    assert_exactly_once(ledger.chain(WORKSPACE), EVENTS)


def test_appending_no_events_takes_no_step_and_no_call() -> None:
    ledger = MemoryLedger()
    assert list(commits(ledger, [])) == []
    assert ledger.faults.calls == []


def test_the_usual_append_costs_one_read_and_one_put() -> None:
    ledger = MemoryLedger()
    ledger.load(a_chain(3, 1))
    tail = read_tail(ledger, WORKSPACE)
    ledger.faults.calls.clear()
    [*_] = commits(ledger, [a_queued_event(9, NOON + DAY)], tail)
    assert sorted(ledger.faults.calls) == ["append", "ascending"]


def test_events_already_chained_are_settled_without_a_put() -> None:
    ledger = MemoryLedger()
    [*_] = commits(ledger)
    ledger.faults.calls.clear()
    [commit] = commits(ledger)
    assert (commit.settled, commit.segment) == (5, None)
    assert "append" not in ledger.faults.calls


def test_an_event_twice_in_one_delivery_is_chained_once_at_its_first_place() -> None:
    ledger = MemoryLedger()
    one, two, three = EVENTS[:3]
    [commit] = commits(ledger, [one, two, one, three, two])
    assert commit.settled == 5
    assert chained_ids(ledger.chain(WORKSPACE)) == [one.id, two.id, three.id]


def test_known_events_among_new_ones_are_left_out_and_settled() -> None:
    ledger = MemoryLedger()
    [*_] = commits(ledger, [EVENTS[1], EVENTS[3]])
    [commit] = commits(ledger)
    assert commit.settled == 5
    assert chained_ids(ledger.chain(WORKSPACE)) == [EVENTS[i].id for i in (1, 3, 0, 2, 4)]
    assert_exactly_once(ledger.chain(WORKSPACE), EVENTS)


def test_more_events_than_fit_a_segment_become_several_segments_in_order() -> None:
    ledger = MemoryLedger()
    events = [a_queued_event(n, NOON) for n in range(2_500)]
    repeated = [*events[:10], *events[:1_500], *events[1_490:]]
    steps = list(commits(ledger, repeated))
    assert steps[0].settled == 1_010
    assert [step.segment.count for step in steps if step.segment] == [1_000, 1_000, 500]
    assert sum(step.settled for step in steps) == len(repeated)
    assert chained_ids(ledger.chain(WORKSPACE)) == [event.id for event in events]
    assert_sound(ledger.chain(WORKSPACE))


@pytest.mark.parametrize("wait", [0, 1])
def test_a_put_whose_reply_was_lost_is_recognised_as_done(wait: int) -> None:
    ledger = MemoryLedger()
    ledger.faults.plan("append", "after")
    if wait:
        [commit] = commits(ledger, patience=tries(1))
        assert (commit.settled, commit.segment) == (5, None)
    else:
        with pytest.raises(Unavailable):
            [*_] = commits(ledger)
        [*_] = commits(ledger)
    assert_exactly_once(ledger.chain(WORKSPACE), EVENTS)


@pytest.mark.parametrize("fault", ["before", "after"])
@pytest.mark.parametrize("method", ["newest", "ascending", "at_or_before", "append"])
@pytest.mark.parametrize("call", range(4))
def test_a_service_that_fails_at_any_call_loses_and_repeats_nothing(
    fault: str, method: str, call: int
) -> None:
    old = [a_queued_event(n, NOON + n * SECOND) for n in range(20, 30)]
    events = [*EVENTS, *old[:2], a_queued_event(40, NOON + DAY)]
    for remembered in (False, True):
        ledger = MemoryLedger()
        ledger.load(a_chain(0, 1, old))
        tail = read_tail(ledger, WORKSPACE) if remembered else None
        ledger.faults.plan(method, *[None] * call, fault)
        settled = sum(commit.settled for commit in commits(ledger, events, tail, tries(1)))
        assert settled == len(events)
        assert_exactly_once(ledger.chain(WORKSPACE), [*old, *events])


def test_when_no_time_is_left_the_error_names_the_cause() -> None:
    ledger = MemoryLedger()
    ledger.faults.plan("append", "before")
    with pytest.raises(Unavailable):
        [*_] = commits(ledger)
    assert ledger.chain(WORKSPACE) == []


def test_an_append_that_always_loses_the_race_stops_when_time_runs_out() -> None:
    ledger = MemoryLedger()
    other = (a_queued_event(n, NOON) for n in range(100, 200))

    def steal(method: str) -> None:
        if method == "append":
            thief = MemoryLedger(chains=ledger.chains)
            [*_] = commits(thief, [next(other)])

    ledger.faults.interrupt = steal
    with pytest.raises(SequenceTaken):
        [*_] = commits(ledger, patience=tries(10))
    assert ledger.faults.calls.count("append") == 11
    assert_sound(ledger.chain(WORKSPACE))


def test_steps_before_an_error_are_committed_and_stay() -> None:
    ledger = MemoryLedger()
    events = [a_queued_event(n, NOON) for n in range(1_500)]
    ledger.faults.plan("append", None, "before")
    steps = commits(ledger, events)
    assert next(steps).settled == 1_000
    with pytest.raises(Unavailable):
        next(steps)
    assert chained_ids(ledger.chain(WORKSPACE)) == [event.id for event in events[:1_000]]


@pytest.mark.parametrize("between", [0, 1, 3, 4, 5, 20])
def test_a_stale_tail_is_caught_up_however_far_behind(between: int) -> None:
    ledger = MemoryLedger()
    chain = a_chain(25, 1)
    ledger.load(chain[:5])
    stale = read_tail(ledger, WORKSPACE)
    ledger.load(chain[: 5 + between])
    events = [a_queued_event(n, NOON + n * SECOND) for n in range(1, 26)]
    [*_] = commits(ledger, events, stale)
    assert_exactly_once(ledger.chain(WORKSPACE), events)


def test_an_event_redriven_after_a_day_is_chained_once() -> None:
    ledger = MemoryLedger()
    chain = a_chain(30, 2)
    ledger.load(chain)
    chained, never = a_queued_event(3, NOON + 3 * SECOND), a_queued_event(99, NOON + 3 * SECOND)
    later = [a_queued_event(n, NOON + DAY + n) for n in range(100, 130)]
    [*_] = commits(ledger, later)
    for tail in (None, read_tail(ledger, WORKSPACE)):
        [*_] = commits(ledger, [chained, never], tail)
    ids = chained_ids(ledger.chain(WORKSPACE))
    assert (ids.count(chained.id), ids.count(never.id)) == (1, 1)
    assert_sound(ledger.chain(WORKSPACE))
