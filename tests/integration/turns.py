"""A turn, requests and cosigned checkpoints, and the items of the log in a table."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from indelible.aws.table import Table
from indelible.aws.turns import DynamoDBTurns
from indelible.checkpoints.requests import (
    ContinueRequest,
    Request,
    RestartRequest,
    TakeOverRequest,
)
from indelible.checkpoints.turn import Turn
from support.builders import WORKSPACE
from support.memory_log import MemoryTurns
from support.notes import FIRST, LOG, SECOND, signed_by_log

AnyTurns = MemoryTurns | DynamoDBTurns


TURN = Turn(
    run=7,
    size=9,
    text=f"{LOG.name}\n9\n3WCViqVp4Hypv3udsoskzrtMs4eKgwsTDNISNVU44Dk=\n".encode(),
    state_version="3sL4kqtJlcpXroDTDmJ+rmSpXd3dIbrHY+MTRCxf3vjVBH40Nr8X8gdRQBpUMLUo",
    state_sha256=bytes(range(32)),
)


NEXT = replace(TURN, run=8, size=10, text=TURN.text.replace(b"\n9\n", b"\n10\n"))


NOON = 1_795_435_200_000_000


def emptied(table: Table) -> DynamoDBTurns:
    """Turns in a table whose log has no item any more."""
    for item in table.client.scan(TableName=table.name)["Items"]:
        if item["pk"]["S"] == "LOG":
            table.client.delete_item(
                TableName=table.name, Key={name: item[name] for name in ("pk", "sk")}
            )
    return DynamoDBTurns(table)


def turns_on(engine: Table | None) -> AnyTurns:
    """Turns on an engine, with none taken."""
    return MemoryTurns() if engine is None else emptied(engine)


NOTE = signed_by_log(TURN.text, FIRST.cosign(TURN.text, 1_795_435_262))


LATER = NOTE.with_signatures(SECOND.cosign(TURN.text, 1_795_435_322))


LARGER = signed_by_log(NEXT.text)


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


REQUESTS: list[Request] = [
    RestartRequest(WORKSPACE, 0, 950, "Geöffnet: Tabelle von gestern"),
    TakeOverRequest("arn:aws:dynamodb:eu-central-1:123456789012:table/indelible"),
    ContinueRequest("old.example/log", 5, bytes(range(32))),
]
