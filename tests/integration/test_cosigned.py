"""The cosigned checkpoint on every engine: the newest one stays, and reads back."""

from __future__ import annotations

import pytest
from indelible.aws.turn_item import cosigned_key
from indelible.aws.turns import DynamoDBTurns
from indelible.errors import DamagedItem
from indelible.tlog.note import Note
from integration.turns import (
    LARGER,
    LATER,
    NOTE,
    AnyTurns,
    change,
)
from support.aws_faults import losing_attempts
from support.memory_log import MemoryTurns


def test_the_newest_cosignatures_are_read_back_for_proofs(turns: AnyTurns) -> None:
    assert kept_by(turns) is None
    assert turns.keep_cosigned(NOTE, 60) is None
    assert kept_by(turns) == NOTE
    assert turns.keep_cosigned(LATER, 120) is None
    assert kept_by(turns) == LATER
    assert turns.read() is None


@pytest.mark.parametrize("asked_at", [0, 119, 120])
def test_a_late_run_keeps_no_cosignatures_in_the_place_of_newer_ones(
    turns: AnyTurns, asked_at: int
) -> None:
    turns.keep_cosigned(LATER, 120)
    assert turns.keep_cosigned(NOTE, asked_at) == LATER
    assert kept_by(turns) == LATER


def test_a_late_run_keeps_none_in_the_place_of_a_larger_log(turns: AnyTurns) -> None:
    turns.keep_cosigned(LARGER, 60)
    assert turns.keep_cosigned(LATER, 999) == LARGER
    assert kept_by(turns) == LARGER


def test_those_of_a_larger_log_are_kept_whatever_the_clock_says(turns: AnyTurns) -> None:
    turns.keep_cosigned(LATER, 999)
    assert turns.keep_cosigned(LARGER, 60) is None
    assert kept_by(turns) == LARGER


def test_what_is_no_checkpoint_of_the_log_is_replaced_if_it_still_is_there(
    turns: AnyTurns,
) -> None:
    turns.keep_cosigned(LARGER, 60)
    assert turns.keep_cosigned(NOTE, 1, LATER) == LARGER
    assert turns.keep_cosigned(NOTE, 1, LARGER) is None
    assert kept_by(turns) == NOTE


def test_cosignatures_whose_reply_is_lost_were_kept(stored_turns: DynamoDBTurns) -> None:
    """botocore sends them again, and they are refused because they are there."""
    with losing_attempts(stored_turns._table.client, True):
        assert stored_turns.keep_cosigned(NOTE, 60) == NOTE
    assert stored_turns.cosigned() == NOTE


def test_an_item_without_its_size_is_replaced(stored_turns: DynamoDBTurns) -> None:
    stored_turns.keep_cosigned(LARGER, 60)
    change(stored_turns, cosigned_key(), {"size": None})
    assert stored_turns.keep_cosigned(NOTE, 1) is None
    assert stored_turns.cosigned() == NOTE


def kept_by(turns: AnyTurns) -> Note | None:
    return turns.cosigned if isinstance(turns, MemoryTurns) else turns.cosigned()


def test_a_damaged_cosigned_checkpoint_is_not_read(stored_turns: DynamoDBTurns) -> None:
    stored_turns.keep_cosigned(NOTE, 1)
    change(stored_turns, cosigned_key(), {"note": {"S": "x"}})
    with pytest.raises(DamagedItem, match="cosigned checkpoint"):
        stored_turns.cosigned()
