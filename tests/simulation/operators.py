"""Operators: create workspaces and keys, and redrive dead letters, with the project's own code."""

from __future__ import annotations

import base64
import random
from typing import TYPE_CHECKING, cast

from indelible.accounts.keys import SCOPES
from indelible.accounts.limits import Limits
from indelible.accounts.workspace import Policy
from indelible.aws.api_keys import create_key
from indelible.aws.dead_letters import SQSDeadLetters
from indelible.aws.queue import SQSQueue
from indelible.aws.table import Table
from indelible.aws.workspaces import create_workspace
from indelible.errors import Unavailable
from indelible.writing.dead_letter import id_of_set_aside
from support.builders import a_body
from support.pipeline import Caller

from .sqs import Stored
from .stage import Stage
from .wire import Wire
from .world import DEAD, MAIN, TABLE, Crashed, World

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_sqs import SQSClient


def new_caller(world: World, limits: Limits) -> Caller:
    """A new workspace and a key to it."""
    table = Table(cast("DynamoDBClient", world.dynamodb), TABLE)
    workspace = create_workspace(table, "A workspace", Policy(limits), world.loop.now)
    key = create_key(table, workspace.id, "a key", frozenset(SCOPES), world.loop.now)
    return Caller(workspace.id, key)


def redrive(world: World, stage: Stage) -> None:
    """Redrive the dead-letter queue; this may fail or be stopped half-way."""
    wire = cast("SQSClient", Wire(stage, "sqs"))
    try:
        dead_letters, now = SQSDeadLetters(wire, DEAD), world.loop.now
        for _, moved in dead_letters.redrive(SQSQueue(wire, MAIN), None, now):
            world.tally["dead letters redriven"] += moved
    except (Unavailable, Crashed) as stopped:
        world.note(f"redrive stopped: {type(stopped).__name__}")


def origin_of(letter: Stored) -> str:
    """The workspace whose message a dead letter was."""
    if id_of_set_aside(letter.group) is None:
        return letter.group
    return str(letter.attributes["workspace_id"]["StringValue"])


def poisons(source: random.Random, of_others: list[str]) -> list[str]:
    """Message bodies that can never be chained: garbage, and those of other workspaces."""
    return [
        a_body(b'{"format":"99"}'),
        base64.b64encode(source.randbytes(20)).decode(),
        *of_others[:4],
    ]
