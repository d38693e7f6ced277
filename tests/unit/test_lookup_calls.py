"""Looking up: the number of calls, and that a failed or missing read is never an absence."""

from __future__ import annotations

from dataclasses import replace

import pytest
from indelible.errors import Unavailable, Unreadable
from indelible.reading.find_event import find_event, first_sequence_at
from support.builders import DAY, NOON, SECOND, WORKSPACE
from support.invariants import chained_ids
from support.small_index import SMALL_LOOK_UPS, WIDE_SPAN, Indexed, chain_of, events_at, id_at
from unit.lookup_chains import a_chain


def calls_of(indexed: Indexed) -> list[str]:
    """The calls since the last time."""
    made = [*indexed.index.faults.calls, *indexed.ledger.faults.calls]
    indexed.index.faults.calls.clear()
    indexed.ledger.faults.calls.clear()
    return made


def test_a_new_environment_reads_the_directories_once() -> None:
    indexed = a_chain(3 * WIDE_SPAN + 10)
    reader, ids = indexed.reader(), chained_ids(indexed.chain)
    assert find_event(reader, WORKSPACE, ids[300])
    assert calls_of(indexed) == ["directories", "ascending"]
    assert find_event(reader, WORKSPACE, ids[400])
    assert calls_of(indexed) == ["ascending"]


def test_an_event_is_nearly_always_found_by_one_call() -> None:
    """At the end too, where there is no index yet."""
    indexed = a_chain(3 * WIDE_SPAN + 10)
    reader, ids = indexed.reader(), chained_ids(indexed.chain)
    calls = []
    for event_id in ids:
        assert find_event(reader, WORKSPACE, event_id)
        calls.append(len(calls_of(indexed)))
    assert calls.count(1) > 0.98 * len(ids)
    assert set(calls[1:]) <= {1, 2}


def test_a_chain_without_an_index_is_searched_by_bisection() -> None:
    indexed = a_chain(4 * WIDE_SPAN, indexed=0)
    ids = chained_ids(indexed.chain)
    assert find_event(indexed.reader(), WORKSPACE, ids[500])
    calls = calls_of(indexed)
    assert calls.count("at_or_before") <= 10
    assert len(calls) < 20


@pytest.mark.parametrize(
    "event_id",
    [
        "",
        "no id",
        "00000000-0000-4000-8000-000000000001",
        "019AB2C0-0000-7000-8000-000000000001",
        "ffffffff-ffff-7fff-bfff-ffffffffffff",
    ],
)
def test_an_id_that_is_not_ours_causes_no_look_up(event_id: str) -> None:
    indexed = a_chain(20)
    assert find_event(indexed.reader(), WORKSPACE, event_id) is None
    assert calls_of(indexed) == []


@pytest.mark.parametrize("method", ["directories", "ascending", "newest", "pages"])
def test_a_failed_call_is_not_an_absence(method: str) -> None:
    indexed = a_chain(3 * WIDE_SPAN)
    faults = indexed.ledger if method in {"ascending", "newest"} else indexed.index
    faults.faults.plan(method, "before")
    with pytest.raises(Unavailable):
        find_event(indexed.reader(), WORKSPACE, id_at(NOON + 100 * SECOND, 9_999))


def test_beside_a_missing_segment_no_event_is_called_absent() -> None:
    indexed = a_chain(3 * WIDE_SPAN)
    gone = indexed.chain[20]
    reader, absent = indexed.reader(), id_at(gone.first_created_at, 9_999)
    del indexed.ledger.chains[WORKSPACE][gone.first_sequence]
    with pytest.raises(Unreadable, match=f"no sequence {gone.first_sequence}"):
        find_event(reader, WORKSPACE, absent)
    with pytest.raises(Unreadable, match=f"no sequence {gone.first_sequence}"):
        first_sequence_at(reader, WORKSPACE, gone.first_created_at + 1)


def test_an_event_whose_look_up_takes_too_long_is_not_called_absent() -> None:
    """The index is behind, and an id as old as the chain is not at the place of its time."""
    sizes = replace(SMALL_LOOK_UPS, displaced_bytes=20_000)
    indexed = a_chain(3 * WIDE_SPAN, indexed=WIDE_SPAN)
    absent = id_at(NOON + 5 * SECOND, 9_999)
    with pytest.raises(Unavailable, match="behind its chain"):
        find_event(indexed.reader(sizes), WORKSPACE, absent)
    indexed.extend()
    assert find_event(indexed.reader(sizes), WORKSPACE, absent) is None


def test_events_after_one_from_the_future_are_found_with_few_reads() -> None:
    """Each record is a microsecond after the one before, however far ahead the clock was."""
    times = [NOON + DAY, *(NOON + number * SECOND for number in range(4 * WIDE_SPAN))]
    indexed = Indexed(chain_of(events_at(times), [7]))
    indexed.extend()
    reader = indexed.reader()
    find_event(reader, WORKSPACE, id_at(times[1], 1))
    for number in range(1, len(times), 50):
        calls_of(indexed)
        found = find_event(reader, WORKSPACE, id_at(times[number], number))
        assert found is not None
        assert found.sequence == number + 1
        assert len(calls_of(indexed)) < 12
