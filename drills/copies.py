"""Copies of the table, and single segments that are put: back from a copy, or changed."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from indelible.aws.ledger import item_of
from indelible.aws.table import Table, chain_pk, string

from drills.rehearsal import Rehearsal, did
from tools.local.waiting import wait_until

if TYPE_CHECKING:
    from indelible.aws.table import Item, ReadItem
    from indelible.chain.segment import Segment


def back_up(rehearsal: Rehearsal) -> str:
    """Back the table up; returns the ARN of the backup.

    The backup replaces point-in-time recovery, because MiniStack's RestoreTableToPointInTime copies
    the table as it is now, whatever time is given. The steps after that are the same.
    """
    table = rehearsal.target.table
    made = table.client.create_backup(TableName=table.name, BackupName="drill")
    return made["BackupDetails"]["BackupArn"]


@contextmanager
def restored(rehearsal: Rehearsal, backup: str) -> Iterator[Table]:
    """Restore the backup into a new table, which is deleted after the block."""
    client = rehearsal.target.table.client
    name = f"{rehearsal.target.table.name}-restored"
    client.restore_table_from_backup(TargetTableName=name, BackupArn=backup)
    try:
        wait_until(
            f"the table {name} is active",
            lambda: client.describe_table(TableName=name)["Table"]["TableStatus"] == "ACTIVE",
        )
        did(f"The backup is restored into the table {name}.")
        yield Table(client, name)
    finally:
        client.delete_table(TableName=name)
        client.delete_backup(BackupArn=backup)


def segments(table: Table, workspace_id: str) -> dict[str, "ReadItem"]:
    """The items of a chain, by their sort keys."""
    pages = table.client.get_paginator("query").paginate(
        TableName=table.name,
        KeyConditionExpression="pk = :chain",
        ExpressionAttributeValues={":chain": string(chain_pk(workspace_id))},
        ConsistentRead=True,
    )
    return {item["sk"]["S"]: item for page in pages for item in page["Items"]}


def put_back(copy: Table, live: Table, workspace_id: str) -> int:
    """Put segments of a verified copy back where the live table differs; returns their number."""
    there = segments(live, workspace_id)
    differing: list[Item] = [
        dict(item) for sk, item in segments(copy, workspace_id).items() if there.get(sk) != item
    ]
    for item in differing:
        live.client.put_item(TableName=live.name, Item=item)
    return len(differing)


def put_segment(table: Table, segment: "Segment") -> None:
    """Put a segment in place of the stored one, as somebody with rights to the table could."""
    table.client.put_item(TableName=table.name, Item=item_of(segment))
