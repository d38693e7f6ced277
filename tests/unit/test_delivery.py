"""Deliveries: each message is settled or fails as a whole, and poison delays no other message."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace

import pytest
from indelible.errors import Unavailable, Unreadable
from indelible.message import unpack
from indelible.times import MILLISECOND
from indelible.writing.delivery import Outcome, Settled, Writer, chain_messages
from indelible.writing.portion import Delivered
from indelible.writing.sizes import SIZES, Sizes
from indelible.writing.tail import Tail
from support.builders import (
    NOON,
    WORKSPACE,
    a_body,
    a_delivered,
    a_message,
    a_queued_event,
    as_delivered,
    tries,
)
from support.invariants import assert_exactly_once, assert_sound, chained_ids
from support.memory import MemoryQueue
from support.memory_ledger import MemoryLedger
from support.writers import writer_on

POISON = as_delivered("poison", "not a message")


def a_writer(
    ledger: MemoryLedger | None = None, sizes: Sizes = SIZES
) -> tuple[Writer, MemoryLedger, MemoryQueue]:
    ledger, dead_letters = ledger or MemoryLedger(), MemoryQueue()
    return replace(writer_on(ledger, dead_letters), sizes=sizes), ledger, dead_letters


def deliver(writer: Writer, *delivered: Delivered, workspace_id: str = WORKSPACE) -> Outcome:
    return chain_messages(writer, workspace_id, delivered, tries(0))


def test_messages_are_chained_in_their_order() -> None:
    writer, ledger, _ = a_writer()
    events = [a_queued_event(n, NOON) for n in range(6)]
    delivered = [a_delivered(f"m{n}", *events[2 * n : 2 * n + 2]) for n in range(3)]
    outcome = deliver(writer, *delivered)
    settled = [Settled("correlation-1", (events[n].id, events[n + 1].id), NOON) for n in (0, 2, 4)]
    assert outcome == Outcome(settled=settled, chained=6)
    assert chained_ids(ledger.chain(WORKSPACE)) == [event.id for event in events]
    assert_exactly_once(ledger.chain(WORKSPACE), events)


def test_the_same_delivery_twice_and_in_parts_chains_nothing_more() -> None:
    writer, ledger, _ = a_writer()
    events = [a_queued_event(n, NOON) for n in range(4)]
    parts = [a_delivered("a", *events[:2]), a_delivered("b", *events[2:])]
    assert deliver(writer, *parts).chained == 4
    for again in (writer, a_writer(ledger)[0]):
        for part in (parts, parts[1:], parts[:1], [*parts, *parts]):
            outcome = deliver(again, *part)
            assert (outcome.chained, outcome.failed) == (0, [])
            assert len(outcome.settled) == len(part)
    assert_exactly_once(ledger.chain(WORKSPACE), events)


def test_only_messages_that_are_not_completely_chained_fail() -> None:
    writer, ledger, _ = a_writer()
    events = [a_queued_event(n, NOON) for n in range(1_200)]
    delivered = [a_delivered(f"m{n}", *events[300 * n : 300 * n + 300]) for n in range(4)]
    ledger.faults.plan("append", None, "before")
    outcome = deliver(writer, *delivered)
    assert [message.ids[0] for message in outcome.settled] == [events[300 * n].id for n in range(3)]
    assert (outcome.failed, outcome.chained) == (["m3"], 1_000)
    assert isinstance(outcome.error, Unavailable)
    assert deliver(writer, delivered[3]).chained == 200
    assert chained_ids(ledger.chain(WORKSPACE)) == [event.id for event in events]


def test_when_nothing_can_be_chained_all_messages_fail() -> None:
    writer, ledger, _ = a_writer()
    ledger.faults.plan("newest", "before")
    delivered = [a_delivered(f"m{n}", a_queued_event(n)) for n in range(3)]
    outcome = deliver(writer, *delivered)
    assert (outcome.failed, outcome.settled) == (["m0", "m1", "m2"], [])
    assert ledger.chain(WORKSPACE) == []


def test_messages_crafted_to_be_large_in_memory_are_parsed_a_portion_at_a_time() -> None:
    """Ten of 36 KB took 1.2 GB, more than the writer has, and failed others' messages too."""
    large = {"k": [{"": 0}] * 9_000}
    delivered = [a_delivered(f"m{n}", a_queued_event(n, NOON, metadata=large)) for n in range(10)]

    def peak_of(*some: Delivered) -> int:
        writer = a_writer(sizes=Sizes(portion_bytes=50_000))[0]
        tracemalloc.start()
        try:
            assert deliver(writer, *some).chained == len(some)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    assert peak_of(*delivered) < 1.5 * peak_of(delivered[0])


@pytest.mark.parametrize("per_portion", [1, 2, 3, 4])
def test_messages_after_a_failed_portion_fail_too(per_portion: int) -> None:
    events = [a_queued_event(n, NOON) for n in range(4)]
    delivered = [a_delivered(f"m{n}", event) for n, event in enumerate(events)]
    size = len(unpack(delivered[0].body))
    writer, ledger, _ = a_writer(sizes=Sizes(portion_bytes=per_portion * size))
    ledger.faults.plan("append", None, "before")
    outcome = deliver(writer, *delivered)
    chained = min(per_portion, 4)
    assert [each.ids for each in outcome.settled] == [(each.id,) for each in events[:chained]]
    assert outcome.failed == [f"m{n}" for n in range(chained, 4)]
    again = deliver(writer, *delivered[chained:])
    assert (again.failed, again.chained) == ([], 4 - chained)
    assert chained_ids(ledger.chain(WORKSPACE)) == [event.id for event in events]


@pytest.mark.parametrize(
    "body",
    [
        "not a message",
        "",
        a_body(b"{}"),
        a_body(b"[" * 100_000),
        a_message(a_queued_event(9), workspace_id="ws_other"),
    ],
)
@pytest.mark.parametrize("position", [0, 1, 2])
def test_poison_is_set_aside_with_a_reason_while_the_others_are_chained(
    body: str, position: int
) -> None:
    writer, ledger, dead_letters = a_writer()
    events = [a_queued_event(n, NOON) for n in range(2)]
    delivered = [a_delivered(f"m{n}", event) for n, event in enumerate(events)]
    delivered.insert(position, as_delivered("poison", body))
    outcome = deliver(writer, *delivered)
    assert (outcome.quarantined, outcome.failed, outcome.chained) == (["poison"], [], 2)
    [(group, message_id, kept, reason)] = dead_letters.quarantined
    assert (group, message_id, kept) == (WORKSPACE, "poison", body)
    assert reason
    assert_exactly_once(ledger.chain(WORKSPACE), events)


def test_poison_is_set_aside_even_when_the_chain_cannot_be_reached() -> None:
    writer, ledger, _ = a_writer()
    ledger.faults.plan("newest", "before")
    outcome = deliver(writer, POISON, a_delivered("m", a_queued_event()))
    assert (outcome.quarantined, outcome.failed) == (["poison"], ["m"])


@pytest.mark.parametrize("fault", ["before", "after"])
def test_poison_that_cannot_be_set_aside_fails_with_all_messages_after_it(fault: str) -> None:
    writer, ledger, dead_letters = a_writer()
    dead_letters.faults.plan("quarantine", fault)
    first, last = a_queued_event(1, NOON), a_queued_event(2, NOON)
    outcome = deliver(writer, a_delivered("a", first), POISON, a_delivered("b", last))
    assert (outcome.failed, outcome.quarantined, outcome.chained) == (["poison", "b"], [], 1)
    assert isinstance(outcome.error, Unavailable)
    again = deliver(writer, POISON, a_delivered("b", last))
    assert (again.failed, again.quarantined, again.chained) == ([], ["poison"], 1)
    assert chained_ids(ledger.chain(WORKSPACE)) == [first.id, last.id]


def test_a_chain_that_cannot_be_read_fails_the_messages_and_says_why() -> None:
    writer, ledger, _ = a_writer()
    deliver(writer, a_delivered("a", a_queued_event(1)))
    [segment] = ledger.chain(WORKSPACE)
    object.__setattr__(segment, "records", b"junk")
    fresh = a_writer(ledger)[0]
    outcome = deliver(fresh, a_delivered("b", a_queued_event(2)))
    assert outcome.failed == ["b"]
    assert isinstance(outcome.error, Unreadable)


def test_workspaces_have_chains_of_their_own() -> None:
    writer, ledger, _ = a_writer()
    event = a_queued_event(1)
    for workspace_id in ("ws_a", "ws_b"):
        body = a_message(event, workspace_id=workspace_id)
        outcome = deliver(writer, as_delivered("m", body), workspace_id=workspace_id)
        assert outcome.chained == 1
        assert_sound(ledger.chain(workspace_id), workspace_id)


def test_a_warm_writer_does_not_read_the_head_again() -> None:
    writer, ledger, _ = a_writer()
    deliver(writer, a_delivered("a", a_queued_event(1, NOON)))
    ledger.faults.calls.clear()
    deliver(writer, a_delivered("b", a_queued_event(2, NOON + MILLISECOND)))
    assert "newest" not in ledger.faults.calls


def test_the_remembered_tail_is_dropped_when_nothing_could_be_done() -> None:
    writer, ledger, _ = a_writer()
    deliver(writer, a_delivered("a", a_queued_event(1)))
    ledger.faults.plan("ascending", "before")
    deliver(writer, a_delivered("b", a_queued_event(2)))
    assert WORKSPACE not in writer.tails
    assert deliver(writer, a_delivered("b", a_queued_event(2))).chained == 1


def test_a_writer_forgets_the_least_recently_used_chain() -> None:
    writer, _, _ = a_writer()
    for number in range(SIZES.remembered_chains):
        writer.remember(f"ws_{number}", Tail())
    writer.remember("ws_0", Tail())
    writer.remember("ws_new", Tail())
    assert len(writer.tails) == SIZES.remembered_chains
    assert "ws_0" in writer.tails
    assert "ws_1" not in writer.tails
