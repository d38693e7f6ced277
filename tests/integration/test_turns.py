"""The turn on every engine: of several runs at once one takes it, and what is stored reads back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from threading import Barrier, Thread
from typing import Any

import pytest
from indelible.aws.table import Table
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
    emptied,
    turns_on,
)
from support.aws_faults import TIMEOUT, answering, counting, losing_attempts
from support.notes import FIRST


@pytest.fixture
def turns(engine: Table | None) -> AnyTurns:
    """Turns on each engine, with none taken."""
    return turns_on(engine)


@pytest.fixture
def stored(table: Table) -> DynamoDBTurns:
    """Turns in a table, with none taken."""
    return emptied(table)


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


def test_one_of_many_runs_takes_the_turn(stored: DynamoDBTurns) -> None:
    stored.take(TURN, None)
    others = [replace(NEXT, state_version=f"v{number}") for number in range(8)]
    together, taken = Barrier(len(others)), list[Turn]()

    def take(turn: Turn) -> None:
        together.wait()
        if stored.take(turn, TURN):
            taken.append(turn)

    threads = [Thread(target=take, args=(each,)) for each in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert taken == [stored.read()]


def test_a_turn_whose_reply_is_lost_was_taken(stored: DynamoDBTurns) -> None:
    """botocore takes it again and fails. So a run compares what it reads."""
    with losing_attempts(stored._table.client, True):
        assert not stored.take(TURN, None)
    assert stored.read() == TURN


@pytest.mark.parametrize("code", ["InternalServerError", "AccessDeniedException", TIMEOUT])
def test_every_method_is_unavailable_when_the_table_is(stored: DynamoDBTurns, code: str) -> None:
    calls: dict[str, Callable[[], Any]] = {
        "GetItem": stored.read,
        "PutItem": lambda: stored.take(TURN, None),
        "Query": stored.requests,
        "DeleteItem": lambda: stored.done(REQUESTS),
    }
    for operation, call in calls.items():
        with answering(stored._table.client, operation, code), pytest.raises(Unavailable):
            call()
    for call in (lambda: stored.request(REQUESTS[0], NOON), lambda: stored.keep_cosigned(NOTE, 1)):
        with answering(stored._table.client, "PutItem", code), pytest.raises(Unavailable):
            call()
    with answering(stored._table.client, "GetItem", code), pytest.raises(Unavailable):
        stored.cosigned()
    assert stored.read() is None


def test_a_run_begins_with_one_call_and_reads_again_what_others_may_have_changed(
    stored: DynamoDBTurns,
) -> None:
    table = stored._table
    stored.take(TURN, None)
    stored.request(REQUESTS[1], NOON)
    stored.keep_cosigned(NOTE, 1)
    witness = ListedWitness("https://one.example/w", FIRST.witness_key)
    WitnessList(table).add(witness)
    with counting(table.client) as calls:
        items = read_log(table)
        begun = DynamoDBTurns(table, begun_with=items)
        assert begun.read() == TURN
        assert begun.requests() == [REQUESTS[1]]
        assert [*witnesses_of(items)] == [witness]
    assert calls == ["Query"]
    stored.take(NEXT, TURN)
    stored.done(REQUESTS)
    assert begun.read() == NEXT
    assert begun.requests() == []


def test_a_log_in_which_nothing_happened_yet_begins_with_nothing(stored: DynamoDBTurns) -> None:
    begun = DynamoDBTurns(stored._table, begun_with=read_log(stored._table))
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
def test_a_damaged_turn_is_not_read_as_another(stored: DynamoDBTurns, damage: str) -> None:
    stored.take(TURN, None)
    change(stored, turn_key(), DAMAGES[damage])
    with pytest.raises(DamagedItem, match="turn of the log"):
        stored.read()
