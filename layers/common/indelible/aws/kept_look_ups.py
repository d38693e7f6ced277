"""Stores kept look-ups as items of the table, one per workspace."""

from __future__ import annotations

from .clients import unavailable_on_failure
from .table import Table, binary, bytes_of, look_up_key


class DynamoDBLookUps:
    """Implements `writing.kept_look_up.LookUpItems` with DynamoDB. Methods raise Unavailable."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def find(self, workspace_id: str) -> bytes | None:
        """Return the item's signed bytes, read consistently, or None when nothing is kept."""
        with unavailable_on_failure("DynamoDB"):
            answer = self._table.client.get_item(
                TableName=self._table.name, Key=look_up_key(workspace_id), ConsistentRead=True
            )
        item = answer.get("Item", {})
        # The writer did not make an item without the attribute, so nothing is kept.
        return bytes_of(item, "signed") if "B" in item.get("signed", {}) else None

    def keep(self, workspace_id: str, signed: bytes) -> None:
        """Replace the item."""
        with unavailable_on_failure("DynamoDB"):
            self._table.client.put_item(
                TableName=self._table.name,
                Item={**look_up_key(workspace_id), "signed": binary(signed)},
            )
