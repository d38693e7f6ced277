"""The ledger on each engine: each segment is stored once, and segments are read in order."""

from __future__ import annotations

import secrets
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from indelible.aws.ledger import DynamoDBLedger
from indelible.aws.table import Table
from indelible.chain.fields import QueuedEvent
from indelible.chain.hashes import EMPTY, Head
from indelible.chain.ledger import Ledger
from indelible.chain.segment import Segment
from indelible.errors import SequenceTaken
from indelible.verifying.segments import verify
from integration.ledgers import NOW, a_segment, event_id, fill
from support.aws_faults import (
    counting,
    event_name,
    hooked,
)
from support.builders import an_event, tries
from support.memory_ledger import MemoryLedger
from support.writers import appender_on


@pytest.fixture
def ledger(engine: Table | None) -> Ledger:
    return DynamoDBLedger(engine) if engine else MemoryLedger()


@pytest.fixture
def table_ledger(table: Table) -> DynamoDBLedger:
    return DynamoDBLedger(table)


def test_a_new_chain_is_empty(ledger: Ledger, workspace_id: str) -> None:
    assert ledger.newest(workspace_id) is None
    assert ledger.at_or_before(workspace_id, 1) is None
    assert list(ledger.ascending(workspace_id, 1)) == []


def test_an_appended_segment_is_read_back_unchanged(ledger: Ledger, workspace_id: str) -> None:
    first, second, third = fill(ledger, workspace_id, 3)
    assert ledger.newest(workspace_id) == third
    assert list(ledger.ascending(workspace_id, 1)) == [first, second, third]
    assert list(ledger.ascending(workspace_id, 2)) == [second, third]
    assert list(ledger.ascending(workspace_id, 6)) == []


def test_a_chain_is_read_upwards_in_pages_of_a_chosen_size(
    ledger: Ledger, workspace_id: str
) -> None:
    filled = fill(ledger, workspace_id, 5)
    firsts = [each.first_sequence for each in filled]
    for size in (1, 2, 5, 9):
        assert [*ledger.ascending(workspace_id, 1, None, size)] == filled
        assert [*ledger.ascending(workspace_id, firsts[1], firsts[3], size)] == filled[1:4]


def test_a_chain_is_read_downwards_from_where_a_segment_begins(
    ledger: Ledger, workspace_id: str
) -> None:
    first, second, third = fill(ledger, workspace_id, 3)
    assert list(ledger.descending(workspace_id, 9, 1)) == [third, second, first]
    assert list(ledger.descending(workspace_id, 4, 2)) == [second, first]
    assert list(ledger.descending(workspace_id, 1, 1)) == [first]


def test_stored_returns_the_same_segments_where_nothing_is_damaged(
    ledger: Ledger, workspace_id: str
) -> None:
    _, second, third = fill(ledger, workspace_id, 3)
    assert list(ledger.stored(workspace_id, 2)) == [second, third]


def test_a_sequence_is_found_in_its_segment(ledger: Ledger, workspace_id: str) -> None:
    first, second, third = fill(ledger, workspace_id, 3)
    found = [ledger.at_or_before(workspace_id, sequence) for sequence in range(1, 8)]
    assert found == [first, first, second, second, third, third, third]


def test_chosen_segments_come_in_the_requested_order_without_those_that_are_missing(
    ledger: Ledger, workspace_id: str
) -> None:
    first, second, third = fill(ledger, workspace_id, 3)
    fill(ledger, workspace_id + "_", 4)
    assert list(ledger.segments_at(workspace_id, [5, 1])) == [third, first]
    assert list(ledger.segments_at(workspace_id, [7, 3, 2])) == [second]
    assert list(ledger.segments_at(workspace_id, [2])) == []
    assert list(ledger.segments_at(workspace_id, [])) == []


def test_segments_of_many_chains_come_in_the_requested_order_without_those_that_are_missing(
    ledger: Ledger, workspace_id: str
) -> None:
    first, _, third = fill(ledger, workspace_id, 3)
    names = [workspace_id + suffix for suffix in ("0", "_", "-")]
    _, middle = fill(ledger, names[0], 2)
    [other] = fill(ledger, names[1], 1)
    requested = [
        (names[1], 1), (workspace_id, 5), (names[2], 1), (names[0], 3), (workspace_id, 1),
        (names[1], 2),
    ]  # fmt: skip
    assert list(ledger.segments_of(requested)) == [other, third, middle, first]
    assert list(ledger.segments_of([])) == []


def test_more_segments_than_a_call_may_have_are_all_read(ledger: Ledger, workspace_id: str) -> None:
    sequences = [*range(9, 9 + 2 * 110, 2)]
    for sequence in sequences:
        ledger.append(a_segment(workspace_id, Head(sequence - 1, bytes(32), 0), count=1))
    found = ledger.segments_at(workspace_id, sequences[::-1])
    assert [each.first_sequence for each in found] == sequences[::-1]


def test_chains_do_not_mix(ledger: Ledger, workspace_id: str) -> None:
    mine = fill(ledger, workspace_id, 1)
    others = [fill(ledger, workspace_id + suffix, 1) for suffix in ("0", "_")]
    assert list(ledger.ascending(workspace_id, 1)) == mine
    assert ledger.newest(workspace_id + "0") == others[0][0]


def test_a_taken_sequence_is_never_overwritten(ledger: Ledger, workspace_id: str) -> None:
    [first] = fill(ledger, workspace_id, 1)
    with pytest.raises(SequenceTaken, match="sequence 1 of"):
        ledger.append(a_segment(workspace_id))
    assert list(ledger.ascending(workspace_id, 1)) == [first]


def test_sequences_sort_as_numbers(ledger: Ledger, workspace_id: str) -> None:
    sequences = [9, 10, 99, 100, 10**15 - 1, 10**15, 10**16 - 1]
    for sequence in reversed(sequences):
        ledger.append(a_segment(workspace_id, Head(sequence - 1, bytes(32), 0), count=1))
    assert [each.first_sequence for each in ledger.ascending(workspace_id, 1)] == sequences
    newest = ledger.newest(workspace_id)
    assert newest is not None
    assert newest.first_sequence == 10**16 - 1


def test_a_chain_of_many_pages_is_read_whole(
    table_ledger: DynamoDBLedger, table: Table, workspace_id: str
) -> None:
    """A query returns at most 1 MB; these are 15 segments of 280 KB."""
    head, appended = EMPTY, []
    for _ in range(15):
        noise = secrets.token_hex(280_000)
        appended.append(a_segment(workspace_id, head, count=1, metadata={"noise": noise}))
        head = appended[-1].head
        table_ledger.append(appended[-1])
    with counting(table.client) as calls:
        assert list(table_ledger.ascending(workspace_id, 1)) == appended
    assert len(calls) >= 4


def test_chosen_segments_are_read_consistently_a_hundred_a_call_and_only_as_they_are_taken(
    table_ledger: DynamoDBLedger, table: Table, workspace_id: str
) -> None:
    fill(table_ledger, workspace_id, 3)
    requested: list[dict[str, Any]] = []

    def note(params: dict[str, Any], **_: Any) -> None:
        requested.append(params["RequestItems"][table.name])

    before = event_name("provide-client-params", table.client, "BatchGetItem")
    with hooked(table.client, before, note):
        found = table_ledger.segments_at(workspace_id, [*range(1, 151)])
        assert requested == []
        next(found)
        assert len(requested) == 1
        assert len([*found]) == 2
    assert [len(each["Keys"]) for each in requested] == [100, 50]
    assert all(each["ConsistentRead"] for each in requested)


def test_writers_that_race_never_fork_a_chain(ledger: Ledger, workspace_id: str) -> None:
    """Four writers, each with four appends; the loser of a race reads the head again."""

    def write(writer: int) -> list[str]:
        ids: list[str] = []
        patience = tries(100)
        for _ in range(4):
            events = [QueuedEvent(event_id(), NOW + writer, an_event()) for _ in range(3)]
            appender = appender_on(ledger, events, patience=patience, workspace_id=workspace_id)
            for commit in appender.append(events):
                assert commit.segment is not None
            ids += [event.id for event in events]
        return ids

    with ThreadPoolExecutor(4) as threads:
        written = [each for ids in threads.map(write, range(4)) for each in ids]
    segments = list(ledger.ascending(workspace_id, 1))
    steps = list(verify(workspace_id, segments))
    assert [step.breaks for step in steps] == [()] * 16
    assert steps[-1].head.sequence == len(written) == 48


def test_only_one_of_many_puts_on_a_sequence_wins(ledger: Ledger, workspace_id: str) -> None:
    segments = [a_segment(workspace_id) for _ in range(16)]

    def try_to_append(segment: Segment) -> bool:
        try:
            ledger.append(segment)
        except SequenceTaken:
            return False
        return True

    with ThreadPoolExecutor(16) as threads:
        won = list(threads.map(try_to_append, segments))
    assert won.count(True) == 1
    assert ledger.newest(workspace_id) == segments[won.index(True)]
