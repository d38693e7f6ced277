"""The checkpoint with its newest cosignatures: the item `LOG` / `COSIGNED`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..tlog.checkpoint import read_checkpoint
from ..tlog.note import Note, read_note
from .clients import write_if
from .table import Table, damaged_unless_readable, key, number, string, text_of
from .turn_item import LOG

if TYPE_CHECKING:
    from .table import Item, ReadItem


def cosigned_key() -> Item:
    """The key of the item."""
    return key(LOG, "COSIGNED")


def note_of(item: ReadItem | None) -> Note | None:
    """The checkpoint that an item holds; None without an item. DamagedItem when it is damaged."""
    if item is None:
        return None
    with damaged_unless_readable("cosigned checkpoint"):
        return read_note(text_of(item, "note").encode())


def keep_cosigned(table: Table, note: Note, asked_at: int, instead_of: Note | None) -> Note | None:
    """Store a checkpoint unless a newer one is stored; returns that one, or None.

    The larger log is newer, or that whose cosignatures were asked for later (`asked_at`, seconds).
    `instead_of` is replaced in any case. Raises Unavailable, and DamagedItem.
    """
    values = {":size": number(read_checkpoint(note.text).size), ":at": number(asked_at)}
    condition = "attribute_not_exists(#size) OR #size < :size OR #size = :size AND asked_at < :at"
    if instead_of:
        condition += " OR note = :other"
        values[":other"] = string(instead_of.encoded.decode())
    kept = write_if(
        table.client.put_item,
        TableName=table.name,
        Item={
            **cosigned_key(),
            "note": string(note.encoded.decode()),
            "size": values[":size"],
            "asked_at": values[":at"],
        },
        ConditionExpression=condition,
        ExpressionAttributeNames={"#size": "size"},
        ExpressionAttributeValues=values,
        ReturnValuesOnConditionCheckFailure="ALL_OLD",
    )
    return note_of(kept)
