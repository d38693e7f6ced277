"""Kept look-ups on each engine: the last one is kept, and a malformed one is ignored."""

from __future__ import annotations

from indelible.aws.kept_look_ups import DynamoDBLookUps
from indelible.aws.table import Table, key, number
from support.aws_faults import counting
from support.memory_look_ups import MemoryLookUps


def test_the_last_kept_look_up_is_found(engine: Table | None, workspace_id: str) -> None:
    look_ups = DynamoDBLookUps(engine) if engine else MemoryLookUps()
    assert look_ups.find(workspace_id) is None
    for signed in (b"first", b"\x00second\xff"):
        look_ups.keep(workspace_id, signed)
        assert look_ups.find(workspace_id) == signed
    assert look_ups.find("ws_other") is None


def test_finding_a_look_up_takes_one_call(table: Table, workspace_id: str) -> None:
    look_ups = DynamoDBLookUps(table)
    look_ups.keep(workspace_id, b"kept")
    with counting(table.client) as calls:
        assert look_ups.find(workspace_id) == b"kept"
    assert len(calls) == 1


def test_an_item_without_bytes_is_ignored_as_a_look_up(table: Table, workspace_id: str) -> None:
    item = {**key(f"LOOKUP#{workspace_id}", "LOOKUP"), "signed": number(1)}
    table.client.put_item(TableName=table.name, Item=item)
    assert DynamoDBLookUps(table).find(workspace_id) is None
