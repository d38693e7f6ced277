"""The turn on every engine: of several runs at once one takes it, and what is stored reads back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from threading import Barrier, Thread
from typing import Any

import pytest
from indelible.aws.turn_item import turn_key
from indelible.aws.turns import DynamoDBTurns, read_log
from indelible.aws.witness_list import ListedWitness, WitnessList, witnesses_of
from indelible.checkpoints.turn import Turn
from indelible.errors import DamagedItem, Unavailable
from integration.turns import (
    NEXT,
    NOON,
    NOTE,
    REQUESTS,
    TURN,
    AnyTurns,
    change,
)
from support.aws_faults import TIMEOUT, answering, counting, losing_attempts
from support.notes import FIRST


def test_the_turn_is_read_as_it_was_taken(turns: AnyTurns) -> None:
    assert turns.read() is None
    assert turns.take(TURN, None)
    assert turns.read() == TURN
    assert turns.take(NEXT, TURN)
    assert turns.read() == NEXT


def test_a_turn_is_taken_only_after_the_one_that_was_read(turns: AnyTurns) -> None:
    assert not turns.take(NEXT, TURN)
    turns.take(TURN, None)
    assert not turns.take(NEXT, None)
    assert not turns.take(NEXT, replace(TURN, run=6))
    assert not turns.take(NEXT, replace(TURN, text=NEXT.text))
    assert turns.read() == TURN


def test_one_of_many_runs_takes_the_turn(stored_turns: DynamoDBTurns) -> None:
    stored_turns.take(TURN, None)
    others = [replace(NEXT, state_version=f"v{number}") for number in range(8)]
    together, taken = Barrier(len(others)), list[Turn]()

    def take(turn: Turn) -> None:
        together.wait()
        if stored_turns.take(turn, TURN):
            taken.append(turn)

    threads = [Thread(target=take, args=(each,)) for each in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert taken == [stored_turns.read()]


def test_a_turn_whose_reply_is_lost_was_taken(stored_turns: DynamoDBTurns) -> None:
    """botocore takes it again and fails. So a run compares what it reads."""
    with losing_attempts(stored_turns._table.client, True):
        assert not stored_turns.take(TURN, None)
    assert stored_turns.read() == TURN


@pytest.mark.parametrize("code", ["InternalServerError", "AccessDeniedException", TIMEOUT])
def test_every_method_is_unavailable_when_the_table_is(
    stored_turns: DynamoDBTurns, code: str
) -> None:
    calls: dict[str, Callable[[], Any]] = {
        "GetItem": stored_turns.read,
        "PutItem": lambda: stored_turns.take(TURN, None),
        "Query": stored_turns.requests,
        "DeleteItem": lambda: stored_turns.done(REQUESTS),
    }
    for operation, call in calls.items():
        with answering(stored_turns._table.client, operation, code), pytest.raises(Unavailable):
            call()
    for call in (
        lambda: stored_turns.request(REQUESTS[0], NOON),
        lambda: stored_turns.keep_cosigned(NOTE, 1),
    ):
        with answering(stored_turns._table.client, "PutItem", code), pytest.raises(Unavailable):
            call()
    with answering(stored_turns._table.client, "GetItem", code), pytest.raises(Unavailable):
        stored_turns.cosigned()
    assert stored_turns.read() is None


def test_a_run_begins_with_one_call_and_reads_again_what_others_may_have_changed(
    stored_turns: DynamoDBTurns,
) -> None:
    table = stored_turns._table
    stored_turns.take(TURN, None)
    stored_turns.request(REQUESTS[1], NOON)
    stored_turns.keep_cosigned(NOTE, 1)
    witness = ListedWitness("https://one.example/w", FIRST.witness_key)
    WitnessList(table).add(witness)
    with counting(table.client) as calls:
        items = read_log(table)
        begun = DynamoDBTurns(table, begun_with=items)
        assert begun.read() == TURN
        assert begun.requests() == [REQUESTS[1]]
        assert [*witnesses_of(items)] == [witness]
    assert calls == ["Query"]
    stored_turns.take(NEXT, TURN)
    stored_turns.done(REQUESTS)
    assert begun.read() == NEXT
    assert begun.requests() == []


def test_a_log_in_which_nothing_happened_yet_begins_with_nothing(
    stored_turns: DynamoDBTurns,
) -> None:
    begun = DynamoDBTurns(stored_turns._table, begun_with=read_log(stored_turns._table))
    assert begun.read() is None
    assert begun.requests() == []


DAMAGES: dict[str, dict[str, Any]] = {
    "no run": {"run": None},
    "a run that is text": {"run": {"S": "7"}},
    "a run that is no integer": {"run": {"N": "7.5"}},
    "a run below 0": {"run": {"N": "-7"}},
    "a run above 2^63": {"run": {"N": "9223372036854775808"}},
    "no size": {"size": None},
    "a size above 2^63": {"size": {"N": "9223372036854775808"}},
    "a text of bytes": {"text": {"B": TURN.text}},
    "no version": {"state_version": None},
    "no hash": {"state_sha256": None},
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_turn_is_not_read_as_another(stored_turns: DynamoDBTurns, damage: str) -> None:
    stored_turns.take(TURN, None)
    change(stored_turns, turn_key(), DAMAGES[damage])
    with pytest.raises(DamagedItem, match="turn of the log"):
        stored_turns.read()
