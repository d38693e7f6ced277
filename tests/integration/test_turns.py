"""The turn on every engine: of several runs at once one takes it, and what is stored reads back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from threading import Barrier, Thread
from typing import Any

import pytest
from indelible.aws.table import Table
from indelible.aws.turn_item import request_key, turn_key
from indelible.aws.turns import DynamoDBTurns, read_log
from indelible.aws.witness_list import ListedWitness, WitnessList, witnesses_of
from indelible.checkpoints.entries import ContinuesEntry, KeyEntry, RestartEntry
from indelible.checkpoints.requests import (
    ContinueRequest,
    Request,
    RestartRequest,
    TakeOverRequest,
)
from indelible.checkpoints.turn import Turn
from indelible.errors import DamagedItem, Unavailable
from support.aws_faults import TIMEOUT, answering, counting, losing_attempts
from support.builders import WORKSPACE
from support.memory_log import MemoryTurns
from support.notes import FIRST, LOG, SECOND, signed_by_log

AnyTurns = MemoryTurns | DynamoDBTurns

TURN = Turn(
    run=7,
    size=9,
    text=f"{LOG.name}\n9\n3WCViqVp4Hypv3udsoskzrtMs4eKgwsTDNISNVU44Dk=\n".encode(),
    time=1_795_435_260,
    state_version="3sL4kqtJlcpXroDTDmJ+rmSpXd3dIbrHY+MTRCxf3vjVBH40Nr8X8gdRQBpUMLUo",
    state_sha256=bytes(range(32)),
    entries_before=(
        KeyEntry(1_795_435_260, LOG.key),
        RestartEntry(1_795_435_260, bytes(32), 0, 1_000, bytes(32), 950, bytes(32)),
        ContinuesEntry(1_795_435_260, "old.example/log", 5, bytes(32)),
    ),
)
NEXT = replace(TURN, run=8, size=10, text=TURN.text.replace(b"\n9\n", b"\n10\n"), entries_before=())
REQUESTS: list[Request] = [
    RestartRequest(WORKSPACE, 0, 950, "Geöffnet: Tabelle von gestern"),
    TakeOverRequest("arn:aws:dynamodb:eu-central-1:123456789012:table/indelible"),
    ContinueRequest("old.example/log", 5, bytes(range(32))),
]
NOON = 1_795_435_200_000_000


@pytest.fixture
def turns(engine: Table | None) -> AnyTurns:
    """Turns on each engine, with none taken."""
    if engine is None:
        return MemoryTurns()
    return emptied(engine)


@pytest.fixture
def stored(table: Table) -> DynamoDBTurns:
    """Turns in a table, with none taken."""
    return emptied(table)


def emptied(table: Table) -> DynamoDBTurns:
    for item in table.client.scan(TableName=table.name)["Items"]:
        if item["pk"]["S"] == "LOG":
            table.client.delete_item(
                TableName=table.name, Key={name: item[name] for name in ("pk", "sk")}
            )
    return DynamoDBTurns(table)


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
    for call in (lambda: stored.request(REQUESTS[0], NOON), lambda: stored.keep_cosigned(NOTE)):
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
    stored.keep_cosigned(NOTE)
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


def test_requests_are_read_oldest_first_until_they_are_done(stored: DynamoDBTurns) -> None:
    for minutes, request in [(2, REQUESTS[2]), (0, REQUESTS[0]), (1, REQUESTS[1])]:
        stored.request(request, NOON + minutes * 60_000_000)
    assert stored.requests() == REQUESTS
    stored.done(REQUESTS[:2])
    assert stored.requests() == REQUESTS[2:]
    stored.done(REQUESTS)
    assert stored.requests() == []


def test_the_same_request_is_one_request(stored: DynamoDBTurns) -> None:
    for minutes in range(3):
        stored.request(REQUESTS[0], NOON + minutes)
    assert stored.requests() == REQUESTS[:1]


def test_many_requests_with_long_reasons_are_all_read(stored: DynamoDBTurns) -> None:
    """More than a page of a query has, which is 1 MB."""
    many: list[Request] = [
        RestartRequest(WORKSPACE, number, 0, "r" * 30_000) for number in range(40)
    ]
    for number, request in enumerate(many):
        stored.request(request, NOON + number)
    assert stored.requests() == many
    stored.done(many)
    assert stored.requests() == []


NOTE = signed_by_log(TURN.text, FIRST.cosign(TURN.text, 1_795_435_262))


def test_the_newest_cosignatures_are_read_back_for_proofs(stored: DynamoDBTurns) -> None:
    assert stored.cosigned() is None
    stored.keep_cosigned(NOTE)
    assert stored.cosigned() == NOTE
    newer = NOTE.with_signatures(SECOND.cosign(TURN.text, 1_795_435_322))
    stored.keep_cosigned(newer)
    assert stored.cosigned() == newer
    assert stored.read() is None


DAMAGES: dict[str, dict[str, Any]] = {
    "no run": {"run": None},
    "a run that is text": {"run": {"S": "7"}},
    "a run that is no integer": {"run": {"N": "7.5"}},
    "a run below 0": {"run": {"N": "-7"}},
    "a run above 2^63": {"run": {"N": "9223372036854775808"}},
    "no size": {"size": None},
    "no time": {"time": None},
    "a time above 2^63": {"time": {"N": "9223372036854775808"}},
    "a text of bytes": {"text": {"B": TURN.text}},
    "no version": {"state_version": None},
    "no hash": {"state_sha256": None},
    "no entries": {"entries_before": None},
    "an entry of text": {"entries_before": {"L": [{"S": "x"}]}},
    "an entry that is none": {"entries_before": {"L": [{"B": b"x\n"}]}},
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_turn_is_not_read_as_another(stored: DynamoDBTurns, damage: str) -> None:
    stored.take(TURN, None)
    change(stored, turn_key(), DAMAGES[damage])
    with pytest.raises(DamagedItem, match="turn of the log"):
        stored.read()


@pytest.mark.parametrize(
    "damage",
    [
        {"kind": {"S": "erase"}},
        {"kind": None},
        {"epoch": {"N": "-1"}},
        {"kept_size": None},
        {"requested_at": {"S": "yesterday"}},
        {"requested_at": None},
    ],
)
def test_a_damaged_request_is_not_read_as_another(
    stored: DynamoDBTurns, damage: dict[str, Any]
) -> None:
    for each in REQUESTS[:2]:
        stored.request(each, NOON)
    change(stored, request_key(REQUESTS[0]), damage)
    other, damaged = stored.requests()
    assert other == REQUESTS[1]
    assert isinstance(damaged, DamagedItem)
    assert "request to the log" in str(damaged)


def test_a_damaged_cosigned_checkpoint_is_not_read(stored: DynamoDBTurns) -> None:
    stored.keep_cosigned(NOTE)
    change(stored, {"pk": {"S": "LOG"}, "sk": {"S": "COSIGNED"}}, {"note": {"S": "x"}})
    with pytest.raises(DamagedItem, match="cosigned checkpoint"):
        stored.cosigned()


def change(turns: DynamoDBTurns, key: Any, damage: dict[str, Any]) -> None:
    """Replace attributes of an item; None removes one."""
    table = turns._table
    item = dict(table.client.get_item(TableName=table.name, Key=key)["Item"])
    for name, value in damage.items():
        if value is None:
            del item[name]
        else:
            item[name] = value
    table.client.put_item(TableName=table.name, Item=item)
