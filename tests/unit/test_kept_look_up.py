"""Kept look-ups: one that is forged, outdated or from another chain is ignored."""

from __future__ import annotations

from contextlib import suppress

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from indelible.chain.fields import QueuedEvent
from indelible.errors import OutOfTime, Unreadable
from indelible.signing import sign
from indelible.writing.kept_look_up import MAX_KEPT_EVENTS, KeptLookUp, LookUpStore
from indelible.writing.tail import read_tail
from support.builders import (
    NOON,
    SECOND,
    WORKSPACE,
    a_chain,
    a_delivered,
    a_queued_event,
    at_second,
    event_id,
    records_of,
    rewritten,
)
from support.invariants import chained_ids
from support.memory_ledger import MemoryLedger
from support.memory_look_ups import MemoryLookUps
from support.writers import chained_on, writer_on
from unit.look_ups import RECEIVED, deliver, draws, looked_up


def kept_after(ledger: MemoryLedger, event: QueuedEvent) -> MemoryLookUps:
    """The state kept of a look-up for this event that ran out of time."""
    look_ups = MemoryLookUps()
    with pytest.raises(OutOfTime):
        chained_on(ledger, [event], lambda: True, look_ups).update(read_tail(ledger, WORKSPACE))
    return look_ups


def test_a_kept_look_up_that_was_forged_is_ignored() -> None:
    """The forgery claims that a chained event is absent, and that another is chained."""
    ledger = MemoryLedger()
    chain = a_chain(30, 1)
    ledger.load(chain)
    chained, never = a_queued_event(3, NOON + 3 * SECOND), a_queued_event(99, NOON + 3 * SECOND)
    look_ups = kept_after(ledger, never)
    lie = KeptLookUp([never.id], {chained.id: 30}, 30, chain[-1].event_hash)
    genuine = look_ups.kept[WORKSPACE]
    elsewhere = LookUpStore(MemoryLookUps(look_ups.faults, look_ups.kept), lambda: b"another key")
    for forged in (genuine[:32] + msgspec.json.encode(lie), genuine[:-1], b"", b"x" * 40):
        look_ups.kept[WORKSPACE] = forged
        assert looked_up(ledger, look_ups, chained, never) == {chained.id}
    elsewhere.keep(WORKSPACE, lie)
    assert looked_up(ledger, look_ups, chained, never) == {chained.id}
    look_ups.store().keep("ws_other", lie)  # signed, for another workspace
    look_ups.kept[WORKSPACE] = look_ups.kept["ws_other"]
    assert looked_up(ledger, look_ups, chained, never) == {chained.id}
    look_ups.store().keep(WORKSPACE, lie)
    assert looked_up(ledger, look_ups, chained, never) == {never.id}, "only our own is believed"


def test_a_kept_look_up_is_ignored_when_its_end_is_not_in_the_chain() -> None:
    """The end of the chain was restored, so the segments read then may not be those stored now."""
    ledger = MemoryLedger()
    ledger.load(a_chain(30, 1))
    late = a_queued_event(999, NOON + 2 * SECOND)
    look_ups = MemoryLookUps()
    kept = KeptLookUp([], {late.id: 30}, 30, ledger.chain(WORKSPACE)[-1].event_hash)
    look_ups.store().keep(WORKSPACE, kept)
    assert look_ups.store().find(ledger, WORKSPACE) == kept
    events = [a_queued_event(n, NOON + n * SECOND) for n in range(1, 25)]
    other = MemoryLedger()
    other.load(a_chain(0, 1, [*events, late, a_queued_event(26, NOON + 40 * SECOND)]))
    for length in (26, 25, 20):  # one with another history, and one that is too short
        shorter = MemoryLedger()
        shorter.load(other.chain(WORKSPACE)[:length])
        assert look_ups.store().find(shorter, WORKSPACE) is None
    assert looked_up(other, look_ups, late) == {late.id}


def test_a_look_up_of_very_many_events_is_not_kept() -> None:
    ledger = MemoryLedger()
    ledger.load(a_chain(30, 1))
    events = [a_queued_event(n, NOON + SECOND) for n in range(100, 100 + MAX_KEPT_EVENTS + 1)]
    look_ups = MemoryLookUps()
    for count, kept in ((MAX_KEPT_EVENTS, 1), (MAX_KEPT_EVENTS + 1, 0)):
        look_ups.kept.clear()
        delivery = chained_on(ledger, events[:count], lambda: True, look_ups)
        with pytest.raises(OutOfTime):
            delivery.update(read_tail(ledger, WORKSPACE))
        assert len(look_ups.kept) == kept
        assert all(len(each) < 380_000 for each in look_ups.kept.values())


def test_a_kept_look_up_of_another_version_is_ignored() -> None:
    ledger = MemoryLedger()
    ledger.load(a_chain(30, 1))
    look_ups = MemoryLookUps()
    store = look_ups.store()
    for payload in (b'{"through":30}', b"[]", b"\xff"):
        signature = sign(store.key(), "look-up", WORKSPACE.encode() + b"\n" + payload)
        look_ups.kept[WORKSPACE] = signature + payload
        assert store.find(ledger, WORKSPACE) is None


def test_a_look_up_resumes_whatever_other_events_a_delivery_brings() -> None:
    """Deliveries of one message and of two alternate, again and again."""
    ledger, look_ups = MemoryLedger(), MemoryLookUps()
    ledger.load(a_chain(400, 1))
    first = a_delivered("a", a_queued_event(998, NOON + 2 * SECOND))
    second = a_delivered("b", a_queued_event(999, NOON + 200 * SECOND))
    third = a_delivered("c", a_queued_event(997, NOON + 100 * SECOND))
    for count in range(20):
        writer = writer_on(ledger, look_ups=look_ups)
        batch = [(first,), (first, second), (first, third)][count % 3]
        if "a" not in deliver(writer, ledger, 60, *batch).failed:
            break
    assert count <= 9
    for message in (second, third):
        while deliver(writer_on(ledger, look_ups=look_ups), ledger, 60, message).failed:
            count += 1
    assert count <= 16
    ids = chained_ids(ledger.chain(WORKSPACE))
    assert len(ids) == len(set(ids)) == 403


@given(st.data(), st.lists(RECEIVED, min_size=5, max_size=30), st.integers(1, 3))
def test_look_ups_kept_between_deliveries_of_any_events_are_true(
    data: st.DataObject, chained: list[int], per_segment: int
) -> None:
    events = [a_queued_event(n, at) for n, at in enumerate(chained)]
    others = [a_queued_event(1_000 + n, at) for n, at in enumerate(chained[::2])]
    segments = a_chain(0, per_segment, events)
    ledger, look_ups = MemoryLedger(), MemoryLookUps()
    ledger.load(segments)
    within = set(chained_ids(segments))
    for _ in range(data.draw(st.integers(1, 12))):
        some = data.draw(st.lists(st.sampled_from(events + others), min_size=1, max_size=8))
        delivery = chained_on(ledger, some, draws(data), look_ups)
        with suppress(OutOfTime):
            delivery.update(read_tail(ledger, WORKSPACE))
            assert delivery.ids == within & {event.id for event in some}


@pytest.mark.parametrize("place", range(28))
def test_a_rewritten_segment_does_not_cause_an_event_to_be_chained_again(place: int) -> None:
    """The segment's hashes match its records, but the next segment does not link to it.

    If it lacks the event, the event would be chained again. If it has the id of a queued event,
    that event would be dropped.
    """
    segments = a_chain(30, 1)
    gone = a_queued_event(place + 1, at_second(place + 1))
    waiting = a_queued_event(999, at_second(place + 1))
    record = records_of([segments[place]])[0].replace(gone.id.encode(), waiting.id.encode())
    ledger = MemoryLedger()
    ledger.load([*segments[:place], rewritten(segments[place], [record]), *segments[place + 1 :]])
    for event in (gone, waiting):
        with pytest.raises(Unreadable, match="broken at sequence"):
            looked_up(ledger, MemoryLookUps(), event)


def test_a_look_up_kept_over_a_rewritten_segment_is_not_trusted_later() -> None:
    segments = a_chain(30, 1)
    gone = a_queued_event(11, at_second(11))
    record = records_of([segments[10]])[0].replace(gone.id.encode(), event_id(7).encode())
    ledger, look_ups = MemoryLedger(), MemoryLookUps()
    ledger.load([*segments[:10], rewritten(segments[10], [record]), *segments[11:]])
    with suppress(OutOfTime, Unreadable):
        chained_on(ledger, [gone], lambda: True, look_ups).update(read_tail(ledger, WORKSPACE))
    ledger.load(segments)
    assert looked_up(ledger, look_ups, gone) == {gone.id}


def test_a_kept_look_up_of_one_event_does_not_count_for_another() -> None:
    """The look-up of the first ended at the beginning; the look-up of the second started later."""
    late = a_queued_event(50, at_second(2))
    events = [a_queued_event(n, at_second(n)) for n in range(1, 30)]
    ledger, look_ups = MemoryLedger(), MemoryLookUps()
    ledger.load(a_chain(0, 1, [*events[:14], late, *events[14:]]))
    for event in (late, a_queued_event(999, at_second(20))):
        with pytest.raises(OutOfTime):
            chained_on(ledger, [event], lambda: True, look_ups).update(read_tail(ledger, WORKSPACE))
    kept = look_ups.store().find(ledger, WORKSPACE)
    assert kept is not None
    assert 0 < kept.missing[late.id] < 14 < kept.through
    assert looked_up(ledger, look_ups, late) == {late.id}
