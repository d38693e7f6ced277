"""Anchors as items of the table: one for each workspace and day, and one that leads to it.

The second item has the anchor's hash as its key. So only somebody who knows the hash finds the
anchor.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..chain.hashes import HASH_BYTES, split_hashes
from ..checkpoints.anchor import Anchor
from ..checkpoints.workspace_checkpoint import read_workspace_checkpoint
from .clients import unavailable_on_failure, write_if
from .table import (
    Table,
    anchor_pk,
    anchor_place_key,
    binary,
    bytes_of,
    damaged_unless_readable,
    key,
    number,
    number_of,
    string,
    text_of,
)

if TYPE_CHECKING:
    from .table import Item, ReadItem


class DynamoDBAnchors:
    """Implements `proving.ports.Anchors`. Methods raise Unavailable, and reads DamagedItem."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def put(self, anchor: Anchor) -> bool:
        """Store an anchor unless its day has one. Returns whether it was stored.

        The item that leads to it is put first. So every listed anchor is found by its hash. If
        the second put fails, the first leads to nothing, or to an anchor with another hash.
        """
        place = {
            **anchor_place_key(anchor.tx_hash),
            "workspace_id": string(anchor.workspace_id),
            "day": string(anchor.day),
        }
        for item in place, item_of(anchor):
            taken = write_if(
                self._table.client.put_item,
                TableName=self._table.name,
                Item=item,
                ConditionExpression="attribute_not_exists(pk)",
            )
        return taken is None

    def newest(self, workspace_id: str, at_most: int) -> Sequence[Anchor]:
        """The newest anchors of a workspace, newest first."""
        with unavailable_on_failure("DynamoDB"):
            answer = self._table.client.query(
                TableName=self._table.name,
                KeyConditionExpression="pk = :anchors",
                ExpressionAttributeValues={":anchors": string(anchor_pk(workspace_id))},
                ScanIndexForward=False,
                ConsistentRead=True,
                Limit=at_most,
            )
        return [anchor_of(item) for item in answer["Items"]]

    def find(self, tx_hash: str) -> Anchor | None:
        """The anchor with this hash, of any workspace. Two calls, or one if there is none."""
        place = self._get(anchor_place_key(tx_hash))
        if place is None:
            return None
        with damaged_unless_readable("place of an anchor"):
            name = key(anchor_pk(text_of(place, "workspace_id")), text_of(place, "day"))
        item = self._get(name)
        anchor = anchor_of(item) if item else None
        return anchor if anchor and anchor.tx_hash == tx_hash else None

    def _get(self, name: Item) -> ReadItem | None:
        with unavailable_on_failure("DynamoDB"):
            answer = self._table.client.get_item(
                TableName=self._table.name, Key=name, ConsistentRead=True
            )
        return answer.get("Item")


def item_of(anchor: Anchor) -> Item:
    """An anchor as the table holds it: about a kilobyte."""
    item = {
        **key(anchor_pk(anchor.workspace_id), anchor.day),
        "checkpoint": string(anchor.checkpoint.text.decode()),
        "first_sequence": number(anchor.first_sequence),
        "period_start": number(anchor.period_start),
        "period_end": number(anchor.period_end),
        "first_event_hash": binary(anchor.first_event_hash),
        "last_event_hash": binary(anchor.last_event_hash),
        "run": number(anchor.run),
        "log_size": number(anchor.log_size),
        "leaf": binary(anchor.leaf),
        "map_path": binary(b"".join(anchor.map_path)),
    }
    if anchor.previous_hash:
        item["previous_hash"] = binary(anchor.previous_hash)
    return item


def anchor_of(item: ReadItem) -> Anchor:
    """The anchor that an item holds. DamagedItem unless it is the one that its key says."""
    with damaged_unless_readable("anchor"):
        anchor = Anchor(
            checkpoint=read_workspace_checkpoint(text_of(item, "checkpoint").encode()),
            first_sequence=number_of(item, "first_sequence"),
            period_start=number_of(item, "period_start"),
            period_end=number_of(item, "period_end"),
            first_event_hash=bytes_of(item, "first_event_hash"),
            last_event_hash=bytes_of(item, "last_event_hash"),
            previous_hash=bytes_of(item, "previous_hash") if "previous_hash" in item else None,
            run=number_of(item, "run"),
            log_size=number_of(item, "log_size"),
            leaf=bytes_of(item, "leaf"),
            map_path=_path_of(bytes_of(item, "map_path")),
        )
        if item_of(anchor) != {**item}:
            raise ValueError("it is not written as anchors are")
    return anchor


def _path_of(joined: bytes) -> tuple[bytes, ...]:
    if len(joined) % HASH_BYTES:
        raise ValueError(f"{len(joined)} bytes are no path")
    return tuple(split_hashes(joined))
