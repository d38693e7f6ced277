"""The index for the operator's tools, which may remove what is in the indexer's way."""

from __future__ import annotations

from .clients import unavailable_on_failure
from .index import DynamoDBIndex
from .table import directory_sk, index_pk, key


class DynamoDBRepairableIndex(DynamoDBIndex):
    """`index.port.RepairableIndex`."""

    def remove_directory(self, workspace_id: str, block: int) -> None:
        """Remove a directory, if it is there."""
        place = key(index_pk(workspace_id), directory_sk(block))
        with unavailable_on_failure("DynamoDB"):
            self._table.client.delete_item(TableName=self._table.name, Key=place)
