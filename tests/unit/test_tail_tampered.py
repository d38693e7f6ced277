"""Tampering: a writer never continues from a tail that is not in the chain or has a false time."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import pytest
from indelible.chain.segment import Segment
from indelible.errors import Unreadable
from indelible.writing.tail import catch_up, read_tail
from support.builders import (
    DAY,
    NOON,
    SECOND,
    WORKSPACE,
    a_chain,
    a_queued_event,
    records_of,
    rewritten,
)
from support.invariants import assert_sound, chained_ids
from support.memory_ledger import MemoryLedger
from support.writers import appender_on
from unit.tails import a_ledger, grown_tail, looked_for


@pytest.mark.parametrize("tampered", range(12))
def test_tampered_times_do_not_make_the_look_up_endless(tampered: int) -> None:
    chain = a_chain(12, 1)
    for time in (0, NOON, NOON + DAY):
        ledger = a_ledger(chain)
        ledger.load([replace(chain[tampered], last_created_at=time)])
        tail = grown_tail(chain)

        def bound(method: str, ledger: MemoryLedger = ledger) -> None:
            assert len(ledger.faults.calls) < 100, "an endless look-up"

        ledger.faults.interrupt = bound
        for at in range(NOON, NOON + 12 * SECOND, SECOND):
            with suppress(Unreadable):
                looked_for(ledger, tail, [a_queued_event(99, at)])
            ledger.faults.calls.clear()


def other_actions(segment: Segment) -> list[bytes]:
    """The records of a segment after somebody changed their actions."""
    return [each.replace(b"document", b"account") for each in records_of([segment])]


@pytest.mark.parametrize("records", [[b"other"], None], ids=["changed", "cut off"])
def test_a_tail_no_longer_in_the_chain_is_forgotten(records: list[bytes] | None) -> None:
    """A segment was changed under a warm writer and restored, or the end was cut off."""
    chain = a_chain(6, 2)
    tampered = [*chain[:2], rewritten(chain[2], other_actions(chain[2]))]
    tail = read_tail(a_ledger(tampered), WORKSPACE)
    now = chain if records else chain[:2]
    assert catch_up(a_ledger(now), WORKSPACE, tail) is None
    assert catch_up(a_ledger([]), WORKSPACE, tail) is None


def test_a_writer_does_not_continue_from_a_tampered_head_once_it_is_restored() -> None:
    chain = a_chain(6, 2)
    ledger = a_ledger(chain)
    ledger.load([rewritten(chain[2], other_actions(chain[2]))])
    tail = read_tail(ledger, WORKSPACE)
    ledger.load(chain)
    new = a_queued_event(9, NOON + DAY)
    for event in (new, a_queued_event(6, NOON + 6 * SECOND)):
        [*_] = appender_on(ledger, [event], tail).append([event])
    assert_sound(ledger.chain(WORKSPACE))
    assert chained_ids(ledger.chain(WORKSPACE)).count(new.id) == 1
    assert len(chained_ids(ledger.chain(WORKSPACE))) == 7


def test_a_segment_with_wrong_hashes_is_refused_as_a_tail() -> None:
    chain = a_chain(6, 2)
    with pytest.raises(Unreadable, match="the event hash"):
        read_tail(a_ledger([*chain[:2], replace(chain[2], records=chain[1].records)]), WORKSPACE)


def test_a_tail_that_does_not_link_is_read_again() -> None:
    chain = a_chain(8, 2)
    tail = read_tail(a_ledger(chain[:2]), WORKSPACE)
    foreign = rewritten(replace(chain[2], previous_event_hash=bytes(32)), records_of([chain[2]]))
    assert catch_up(a_ledger([*chain[:2], foreign]), WORKSPACE, tail) is None
    assert catch_up(a_ledger([*chain[:2], chain[3]]), WORKSPACE, tail) is None


@pytest.mark.parametrize("times", [{"last_created_at": NOON + DAY}, {"first_created_at": NOON}])
def test_a_last_segment_with_false_times_is_refused_as_a_tail(times: dict[str, int]) -> None:
    """If continued from, it would set the time of every later event of the workspace."""
    chain = a_chain(6, 2)
    false = replace(chain[2], **times)  # type: ignore[arg-type]
    with pytest.raises(Unreadable, match="the times of its records"):
        read_tail(a_ledger([*chain[:2], false]), WORKSPACE)


def test_a_warm_writer_does_not_continue_from_a_false_time_either() -> None:
    chain = a_chain(6, 2)
    warm = read_tail(a_ledger(chain), WORKSPACE)
    ledger = a_ledger([*chain[:2], replace(chain[2], last_created_at=NOON + DAY)])
    new = a_queued_event(9, NOON + DAY)
    with pytest.raises(Unreadable):
        [*_] = appender_on(ledger, [new], warm).append([new])
    assert len(ledger.chain(WORKSPACE)) == 3


@pytest.mark.parametrize("false", [NOON, NOON + DAY])
@pytest.mark.parametrize("place", range(19))
def test_false_times_in_the_middle_never_make_a_chained_event_look_absent(
    place: int, false: int
) -> None:
    chain = a_chain(20, 1)
    ledger = a_ledger(chain)
    ledger.load([replace(chain[place], last_created_at=false)])
    tail = read_tail(ledger, WORKSPACE)
    for number in range(1, 20):
        with suppress(Unreadable):
            event = a_queued_event(number, NOON + number * SECOND)
            assert looked_for(ledger, tail, [event]) == {event.id}
