"""What operators request of the log: read oldest first, until it is done."""

from __future__ import annotations

from typing import Any

import pytest
from indelible.aws.turn_item import request_key
from indelible.aws.turns import DynamoDBTurns
from indelible.checkpoints.requests import ContinueRequest, Request, RestartRequest
from indelible.errors import DamagedItem
from integration.turns import (
    NOON,
    REQUESTS,
    change,
)
from support.builders import WORKSPACE


def test_requests_are_read_oldest_first_until_they_are_done(stored_turns: DynamoDBTurns) -> None:
    for minutes, request in [(2, REQUESTS[2]), (0, REQUESTS[0]), (1, REQUESTS[1])]:
        stored_turns.request(request, NOON + minutes * 60_000_000)
    assert stored_turns.requests() == REQUESTS
    stored_turns.done(REQUESTS[:2])
    assert stored_turns.requests() == REQUESTS[2:]
    stored_turns.done(REQUESTS)
    assert stored_turns.requests() == []


def test_the_same_request_is_one_request(stored_turns: DynamoDBTurns) -> None:
    for minutes in range(3):
        stored_turns.request(REQUESTS[0], NOON + minutes)
    assert stored_turns.requests() == REQUESTS[:1]


def test_many_requests_with_long_reasons_are_all_read(stored_turns: DynamoDBTurns) -> None:
    """More than a page of a query has, which is 1 MB."""
    many: list[Request] = [
        RestartRequest(WORKSPACE, number, 0, "r" * 30_000) for number in range(40)
    ]
    for number, request in enumerate(many):
        stored_turns.request(request, NOON + number)
    assert stored_turns.requests() == many
    stored_turns.done(many)
    assert stored_turns.requests() == []


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
    stored_turns: DynamoDBTurns, damage: dict[str, Any]
) -> None:
    for each in REQUESTS[:2]:
        stored_turns.request(each, NOON)
    change(stored_turns, request_key(REQUESTS[0]), damage)
    other, damaged = stored_turns.requests()
    assert other == REQUESTS[1]
    assert isinstance(damaged, DamagedItem)
    assert "request to the log" in str(damaged)


@pytest.mark.parametrize(
    "damage",
    [
        {"old_origin": {"S": "two words"}},
        {"old_origin": {"S": "a line\nand another"}},
        {"old_root": {"B": bytes(31)}},
    ],
)
def test_what_no_reader_of_the_log_could_read_is_never_requested_of_it(
    stored_turns: DynamoDBTurns, damage: dict[str, Any]
) -> None:
    """A run that logged it would be the last one: no other could go on from there."""
    request = ContinueRequest("old.example/log", 7, bytes(32))
    stored_turns.request(request, NOON)
    assert stored_turns.requests() == [request]
    change(stored_turns, request_key(request), damage)
    [damaged] = stored_turns.requests()
    assert isinstance(damaged, DamagedItem)
