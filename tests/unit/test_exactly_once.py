"""Exactly once: writers that overlap, fail, restart and receive everything twice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from indelible.chain.fields import QueuedEvent
from indelible.times import MILLISECOND
from indelible.writing.delivery import Outcome, Writer, chain_messages
from indelible.writing.portion import Delivered
from support.builders import (
    NOON,
    SECOND,
    WORKSPACE,
    a_delivered,
    a_queued_event,
    counted_entropy,
    tries,
)
from support.examples import examples
from support.invariants import assert_exactly_once, assert_sound, chained_ids
from support.memory_ledger import MemoryLedger
from support.port_faults import Faults
from support.writers import writer_on
from unit.schedule import interleave

ENTROPY = counted_entropy()


def a_writer(shared: MemoryLedger, faults: Faults | None = None) -> Writer:
    """A writer with its own faults on a shared ledger."""
    ledger = MemoryLedger(faults or Faults(), shared.chains)
    return writer_on(ledger, entropy=ENTROPY)


def deliver(writer: Writer, *delivered: Delivered, again: int = 20) -> Outcome:
    return chain_messages(writer, WORKSPACE, delivered, tries(again))


EVENTS = [a_queued_event(n, NOON + n % 3 * MILLISECOND) for n in range(6)]
MESSAGES = [a_delivered(f"m{n}", *EVENTS[2 * n : 2 * n + 2]) for n in range(3)]
OVERLAPS = [MESSAGES, MESSAGES[1:], MESSAGES[:1], [a_delivered("x", *reversed(EVENTS))]]


@pytest.mark.parametrize("other", OVERLAPS)
@pytest.mark.parametrize("warm", [False, True])
def test_a_writer_overtaken_at_any_of_its_calls_repeats_nothing(
    other: list[Delivered], warm: bool
) -> None:
    before = [a_queued_event(n, NOON - 10 * SECOND) for n in range(50, 57)]
    for call in range(8):
        shared, faults = MemoryLedger(), Faults()
        writer = a_writer(shared, faults)
        for event in before:
            deliver(writer if warm else a_writer(shared), a_delivered("before", event))
        calls: list[str] = []

        def overtake(method: str, calls: list[str] = calls, call: int = call) -> None:
            calls.append(method)
            if len(calls) == call + 1:
                assert not deliver(a_writer(shared), *other).failed  # noqa: B023

        faults.interrupt = overtake
        outcome = deliver(writer, *MESSAGES)
        assert outcome.failed == []
        assert_exactly_once(shared.chain(WORKSPACE), [*before, *EVENTS])


@settings(max_examples=examples(150))
@given(
    st.lists(st.integers(0, 2), max_size=40),
    st.lists(st.sampled_from(OVERLAPS), min_size=2, max_size=3),
    st.lists(st.lists(st.sampled_from([None, None, "before", "after"]), max_size=4), max_size=3),
)
def test_overlapping_writers_cannot_fork_the_chain_in_any_order(
    schedule: list[int], deliveries: list[list[Delivered]], faults: list[list[str | None]]
) -> None:
    shared = MemoryLedger()
    outcomes: list[Outcome] = []

    def worker(number: int) -> Callable[[Callable[[str], None]], None]:
        def work(stop: Callable[[str], None]) -> None:
            planned = faults[number] if number < len(faults) else []
            own = Faults(planned={"append": list(planned)}, interrupt=stop)
            outcomes.append(deliver(a_writer(shared, own), *deliveries[number]))

        return work

    interleave([worker(n) for n in range(len(deliveries))], schedule)
    assert_sound(shared.chain(WORKSPACE))
    assert [outcome.failed for outcome in outcomes] == [[]] * len(deliveries)
    ids = {each for outcome in outcomes for message in outcome.settled for each in message.ids}
    assert ids == set(chained_ids(shared.chain(WORKSPACE)))


@dataclass
class Attempt:
    """One delivery: its messages, its writer, the writer's patience and faults."""

    messages: list[int]
    writer: int
    restarted: bool
    again: int
    faults: list[tuple[str, str | None]]


METHODS = st.sampled_from(["newest", "at_or_before", "ascending", "append"])
ATTEMPT = st.builds(
    Attempt,
    messages=st.lists(st.integers(0, 9), min_size=1, max_size=5),
    writer=st.integers(0, 2),
    restarted=st.booleans(),
    again=st.integers(0, 2),
    faults=st.lists(st.tuples(METHODS, st.sampled_from([None, "before", "after"])), max_size=5),
)


def messages_of(received: list[list[int]]) -> tuple[list[QueuedEvent], list[Delivered]]:
    events: list[QueuedEvent] = []
    delivered: list[Delivered] = []
    for name, times in enumerate(received):
        part = [
            a_queued_event(len(events) + n, NOON + at * MILLISECOND) for n, at in enumerate(times)
        ]
        events += part
        delivered.append(a_delivered(str(name), *part))
    return events, delivered


@settings(max_examples=examples(300))
@given(
    st.lists(st.lists(st.integers(0, 20), min_size=1, max_size=4), min_size=1, max_size=10),
    st.lists(ATTEMPT, max_size=25),
)
def test_each_event_is_chained_once_whatever_fails_repeats_or_restarts(
    received: list[list[int]], attempts: list[Attempt]
) -> None:
    events, messages = messages_of(received)
    shared = MemoryLedger()
    faults = [Faults() for _ in range(3)]
    writers = [a_writer(shared, each) for each in faults]
    for attempt in attempts:
        writer, fault = writers[attempt.writer], faults[attempt.writer]
        if attempt.restarted:
            writer.tails.clear()
        fault.planned.clear()
        for method, kind in attempt.faults:
            fault.plan(method, kind)
        chosen = list(dict.fromkeys(number % len(messages) for number in attempt.messages))
        delivered = [messages[number] for number in chosen]
        outcome = deliver(writer, *delivered, again=attempt.again)
        assert_sound(shared.chain(WORKSPACE))
        done = [each.ids[0] for each in outcome.settled]
        assert len(done) + len(outcome.failed) == len(delivered)
        assert outcome.failed == [each.id for each in delivered[len(done) :]]
        settled = {event_id for each in outcome.settled for event_id in each.ids}
        assert settled <= set(chained_ids(shared.chain(WORKSPACE)))
    for fault in faults:
        fault.planned.clear()
    for number, message in enumerate(messages):
        assert deliver(writers[number % 3], message).failed == []
    assert_exactly_once(shared.chain(WORKSPACE), events)


@given(st.lists(st.integers(1, 3), min_size=1, max_size=20))
def test_without_faults_the_order_of_the_queue_is_the_order_of_the_chain(sizes: list[int]) -> None:
    events, messages = messages_of([[0] * size for size in sizes])
    shared = MemoryLedger()
    for number, message in enumerate(messages):
        deliver(a_writer(shared), *messages[max(0, number - 2) : number], message)
    assert chained_ids(shared.chain(WORKSPACE)) == [event.id for event in events]
