"""Faults on calls that concern many items: each item meets a fate of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .world import World

Reply = dict[str, Any]

REFUSALS = (
    "ProvisionedThroughputExceeded",
    "RequestLimitExceeded",
    "ThrottlingError",
    "TransactionConflict",
)
"""The codes of a statement in a batch that certainly had no effect."""

Spoil = Callable[[], tuple[str, bool]]
"""What a statement is answered with, and whether it has an effect all the same."""


def spoil_some(world: World, double: Any, statements: Sequence[Reply], spoil: Spoil) -> Reply:
    """Answer some statements with a code. A batch is not atomic: others come in between."""
    random = world.random
    spoiled = set(random.sample(range(len(statements)), random.randint(1, len(statements))))
    responses = list[Reply]()
    for index, statement in enumerate(statements):
        code, has_effect = spoil() if index in spoiled else (None, True)
        response: Reply = {}
        if has_effect:
            world.acting = world.invocation
            [response] = double.batch_execute_statement(Statements=[statement])["Responses"]
        responses.append({"Error": {"Code": code, "Message": ""}} if code else response)
        world.pause(random.uniform(0, 0.005))
    return {"Responses": responses}


def leave_unprocessed(world: World, double: Any, request_items: Reply) -> Reply:
    """Some of the keys, maybe all, come back unread."""
    [(table, requested)] = request_items.items()
    read = world.random.randrange(len(requested["Keys"]))
    left = {table: {**requested, "Keys": requested["Keys"][read:]}}
    if read == 0:
        return {"Responses": {table: []}, "UnprocessedKeys": left}
    some = {table: {**requested, "Keys": requested["Keys"][:read]}}
    reply: Reply = double.batch_get_item(RequestItems=some)
    return {**reply, "UnprocessedKeys": left}
