"""A chain that was cut off or deleted is found by the index and the usage beside it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from indelible.errors import Unavailable
from indelible.reading.missing_records import (
    CHAINED_WITHIN,
    missing_beside_index,
    missing_beside_usage,
)
from indelible.reading.verification import verify_range
from indelible.times import LATEST
from indelible.verifying.breaks import BreakType
from support.builders import NOON, SECOND, WORKSPACE, a_chain
from support.memory_ledger import MemoryLedger
from support.reading import plenty
from support.small_index import SPAN, Indexed

CHAIN = a_chain(3 * SPAN + 4, 4)
HOUR = 3_600 * SECOND


def after_the_loss_of(count: int) -> Indexed:
    """The chain with an index of three blocks, of which the last `count` segments are deleted."""
    whole = Indexed(CHAIN)
    assert whole.extend() == [0, 1, 2]
    return Indexed(CHAIN[: len(CHAIN) - count], index=whole.index)


@pytest.mark.parametrize("limit", [1, 7, 1_000])
@pytest.mark.parametrize("times", [(0, LATEST), (NOON + 3 * SECOND, LATEST)])
@pytest.mark.parametrize("lost", [2, 5, len(CHAIN) - 1, len(CHAIN)])
def test_the_loss_of_an_indexed_end_is_a_break_after_the_last_record(
    lost: int, times: tuple[int, int], limit: int
) -> None:
    reader, position, breaks = after_the_loss_of(lost).reader(), None, []
    for _ in range(len(CHAIN) + 2):
        found = verify_range(reader, WORKSPACE, times, limit, position, plenty())
        breaks += found.breaks
        position = found.next
        if position is None:
            break
    [missing] = breaks
    assert (missing.type, missing.sequence) == (
        BreakType.CHAIN_MISSING,
        4 * (len(CHAIN) - lost) + 1,
    )
    assert f"sequence {3 * SPAN}" in str(missing.actual)


@pytest.mark.parametrize("lost", [0, 1])
def test_an_end_that_no_block_has_reached_is_not_missed(lost: int) -> None:
    reader = after_the_loss_of(lost).reader()
    assert verify_range(reader, WORKSPACE, (0, LATEST), 1_000, None, plenty()).breaks == []


def test_a_chain_that_begins_again_after_it_was_deleted_is_too_short() -> None:
    """The writer goes on at sequence 1, and the new chain is valid by itself."""
    index = after_the_loss_of(len(CHAIN)).index
    again = Indexed(a_chain(5, 5), index=index)
    found = verify_range(again.reader(), WORKSPACE, (0, LATEST), 1_000, None, plenty())
    assert [(each.type, each.sequence) for each in found.breaks] == [(BreakType.CHAIN_MISSING, 6)]


def test_a_range_that_ends_before_the_loss_is_valid_unless_nothing_is_left() -> None:
    """It says nothing about the end. Without any record, it cannot say that the range is whole."""
    times = (0, NOON + 3 * SECOND)
    for lost, types in ((5, []), (len(CHAIN), [BreakType.CHAIN_MISSING])):
        reader = after_the_loss_of(lost).reader()
        found = verify_range(reader, WORKSPACE, times, 1_000, None, plenty())
        assert [each.type for each in found.breaks] == types


def test_a_chain_that_grows_while_its_end_is_checked_is_whole() -> None:
    """The chain was read up to sequence 8. Then it grew, and the index with it."""
    whole = Indexed(CHAIN)
    whole.extend()
    assert missing_beside_index(whole.ledger, whole.index, WORKSPACE, 8) is None


def test_an_index_that_does_not_answer_is_an_error() -> None:
    lost = after_the_loss_of(len(CHAIN))
    lost.index.faults.plan("newest_directory", "before")
    with pytest.raises(Unavailable):
        missing_beside_index(MemoryLedger(), lost.index, WORKSPACE, 0)


def test_damage_before_the_end_is_not_reported_again_as_missing() -> None:
    lost = after_the_loss_of(5)
    damaged = [*lost.chain[:-1], replace(lost.chain[-1], records=b"no zstd")]
    reader = Indexed(damaged, index=lost.index).reader()
    found = verify_range(reader, WORKSPACE, (0, LATEST), 1_000, None, plenty())
    assert [each.type for each in found.breaks] == [BreakType.UNREADABLE]


@pytest.mark.parametrize(
    ("first_event_at", "is_broken"),
    [
        (NOON - CHAINED_WITHIN, True),
        (NOON - 365 * 24 * HOUR, True),
        (NOON - CHAINED_WITHIN + 1, False),
        (NOON, False),
        (NOON + 5 * SECOND, False),
        (NOON + CHAINED_WITHIN, True),
        (None, True),
    ],
)
def test_events_that_were_accepted_an_hour_ago_must_be_chained(
    first_event_at: int | None, is_broken: bool
) -> None:
    """A time far ahead, or none, is forged or from an older version, and excuses nothing."""
    found = missing_beside_usage(1_204, first_event_at, NOON)
    assert (found is not None) == is_broken
    if found:
        assert (found.type, found.sequence) == (BreakType.CHAIN_MISSING, 1)
        assert "1,204 events were accepted" in str(found.actual)
        assert "indelible dlq list" in str(found.actual)


def test_without_any_event_nothing_is_missing() -> None:
    assert missing_beside_usage(0, None, NOON) is None
