"""Copies of the table, and taking single segments back from them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from indelible.aws.table import Table, chain_pk, string

from drills.rehearsal import Rehearsal, did, wait_until

if TYPE_CHECKING:
    from indelible.aws.table import Item, ReadItem


def back_up(rehearsal: Rehearsal) -> str:
    """The point to return to; its ARN.

    MiniStack's RestoreTableToPointInTime copies the table as it is now, whatever time is asked for.
    So an on-demand backup stands for the point in time; what follows is the same.
    """
    table = rehearsal.target.table
    made = table.client.create_backup(TableName=table.name, BackupName="drill")
    return made["BackupDetails"]["BackupArn"]


@contextmanager
def restored(rehearsal: Rehearsal, backup: str) -> Iterator[Table]:
    """A new table with what the backup holds; deleted at the end."""
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
    """Put the segments of a proved copy where the live table's differ; how many did."""
    there = segments(live, workspace_id)
    differing: list[Item] = [
        dict(item) for sk, item in segments(copy, workspace_id).items() if there.get(sk) != item
    ]
    for item in differing:
        live.client.put_item(TableName=live.name, Item=item)
    return len(differing)
