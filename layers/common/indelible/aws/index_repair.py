"""The index for the operator's tools, which may remove directories that stop the indexer."""

from __future__ import annotations

from .clients import unavailable_on_failure
from .index import DynamoDBIndex
from .table import directory_sk, index_pk, key


class DynamoDBRepairableIndex(DynamoDBIndex):
    """Implements `index.ports.RepairableIndex` with DynamoDB."""

    def remove_directory(self, workspace_id: str, block: int) -> None:
        """Remove a directory. Does nothing when there is none."""
        place = key(index_pk(workspace_id), directory_sk(block))
        with unavailable_on_failure("DynamoDB"):
            self._table.client.delete_item(TableName=self._table.name, Key=place)
