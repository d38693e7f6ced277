"""The writer's role may change one attribute of usage and nothing else there, tried with it."""

from __future__ import annotations

from typing import Any

import pytest
from e2e.role_probe import (
    CHAIN,
    PLACES,
    USAGE,
    Call,
    Place,
    is_refused,
    item,
)

from tools.local.stack import Stack


@pytest.fixture
def as_writer(roles: dict[str, Call]) -> Call:
    return roles["writer"]


def refuse_update(stack: Stack, place: Place = USAGE, **changes: Any) -> dict[str, Any]:
    """The update by which the writer has ingest refuse a workspace, with changes."""
    return {
        **item(stack, place),
        "UpdateExpression": "SET refuse_until = :until",
        "ConditionExpression": "attribute_exists(pk)",
        "ExpressionAttributeValues": {":until": {"N": "1"}},
        **changes,
    }


def test_the_writer_may_refuse_a_workspace(stack: Stack, as_writer: Call) -> None:
    """It is allowed to; only the condition fails, because there is no such usage."""
    update = refuse_update(stack, ("USAGE#ws_roles", "USAGE#1999-02"))
    assert as_writer("dynamodb", "update_item", update) == "ConditionalCheckFailedException"


@pytest.mark.parametrize(
    "changes",
    [
        {"UpdateExpression": "SET events = :until"},
        {"UpdateExpression": "SET refuse_until = :until, bytes_1 = :until"},
        {"UpdateExpression": "SET refuse_until = :until REMOVE requests_1"},
        {"UpdateExpression": "SET refuse_until = :until ADD bytes_1 :until"},
        {"ConditionExpression": "attribute_exists(events)"},
        {"ReturnValues": "ALL_OLD"},
        {"ReturnValues": "ALL_NEW"},
    ],
    ids=repr,
)
def test_the_writer_may_change_nothing_else_of_usage(
    stack: Stack, as_writer: Call, changes: dict[str, Any]
) -> None:
    assert is_refused(as_writer("dynamodb", "update_item", refuse_update(stack, **changes)))


@pytest.mark.parametrize("place", [each for each in PLACES if each != USAGE])
def test_the_writer_may_set_the_refusal_only_on_usage_items(
    stack: Stack, as_writer: Call, place: Place
) -> None:
    assert is_refused(as_writer("dynamodb", "update_item", refuse_update(stack, place)))


def test_the_writer_may_not_change_what_it_has_chained(stack: Stack, as_writer: Call) -> None:
    update = {**item(stack, CHAIN), "UpdateExpression": "REMOVE records"}
    assert is_refused(as_writer("dynamodb", "update_item", update))
