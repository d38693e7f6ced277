"""Stores export jobs as items of the table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import Conflict
from ..exporting.job import Export
from ..exporting.ports import ExportPage
from .clients import unavailable_on_failure, write_if
from .export_item import LISTED, export_of, item_of
from .table import (
    Table,
    damaged_unless_readable,
    export_key,
    number,
    string,
    strings,
    strings_of,
    text_of,
    unfinished_exports_key,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from mypy_boto3_dynamodb.type_defs import QueryInputTypeDef


class DynamoDBExports:
    """Implements `exporting.ports.Exports`: one item per export, which is never removed."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def create(self, export: Export) -> None:
        """Store a new export; its id is random."""
        with unavailable_on_failure("DynamoDB"):
            self._table.client.put_item(TableName=self._table.name, Item=item_of(export))

    def find(self, workspace_id: str, export_id: str) -> Export | None:
        """The export, expired or not. DamagedItem when the item is not an export."""
        with unavailable_on_failure("DynamoDB"):
            answer = self._table.client.get_item(
                TableName=self._table.name,
                Key=export_key(workspace_id, export_id),
                ConsistentRead=True,
            )
        return export_of(answer["Item"]) if "Item" in answer else None

    def page(
        self, workspace_id: str, ids: tuple[str, str], after: str | None, most: int
    ) -> ExportPage:
        """At most `most` exports with ids from the first to the last one given, newest first.

        One Query. It leaves out the progress, which can have 400 KB. DynamoDB refuses to continue
        from an id outside of the range, and from its end. An older cursor has such an id.
        """
        first, last = ids
        if after is not None and after <= first:
            return ExportPage((), None)
        request: QueryInputTypeDef = {
            "TableName": self._table.name,
            "KeyConditionExpression": "pk = :pk AND sk BETWEEN :first AND :last",
            "ExpressionAttributeValues": {
                ":pk": export_key(workspace_id, first)["pk"],
                ":first": string(first),
                ":last": string(last),
            },
            "ProjectionExpression": ", ".join(f"#{name}" for name in LISTED),
            "ExpressionAttributeNames": {f"#{name}": name for name in LISTED},
            "ScanIndexForward": False,
            "ConsistentRead": True,
            "Limit": most,
        }
        if after is not None and after <= last:
            request["ExclusiveStartKey"] = export_key(workspace_id, after)
        with unavailable_on_failure("DynamoDB"):
            answer = self._table.client.query(**request)
        rest = answer.get("LastEvaluatedKey")
        with damaged_unless_readable("place in the list of exports"):
            following = text_of(rest, "sk") if rest else None
        return ExportPage(tuple(export_of(item) for item in answer["Items"]), following)

    def save(self, export: Export, replacing: Export) -> None:
        """Replace the stored revision `replacing`. Conflict when another revision is stored.

        botocore repeats a call whose reply is lost. The failed condition then returns the item of
        the first call: its revision is ours, so nobody else can have written it.
        """
        stored = write_if(
            self._table.client.put_item,
            TableName=self._table.name,
            Item=item_of(export),
            ConditionExpression="revision = :replaced",
            ExpressionAttributeValues={":replaced": string(replacing.revision)},
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
        if stored is not None and stored.get("revision") != string(export.revision):
            raise Conflict("Another invocation is working on this export.")

    def take_place(
        self,
        workspace_id: str,
        export_id: str,
        most: int,
        forced_filters: Mapping[str, str] | None = None,
    ) -> frozenset[str]:
        """Give an export one of the places. Returns the ids that hold them all.

        botocore repeats a call whose reply is lost. If the first call took the last place, the
        failed condition returns an item with our id.
        """
        stored = write_if(
            self._table.client.update_item,
            TableName=self._table.name,
            Key=unfinished_exports_key(workspace_id, forced_filters),
            UpdateExpression="ADD ids :id",
            ConditionExpression="attribute_not_exists(ids) OR size(ids) < :most",
            ExpressionAttributeValues={":id": strings([export_id]), ":most": number(most)},
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
        if stored is None:
            return frozenset()
        with damaged_unless_readable("set of unfinished exports"):
            holders = frozenset(strings_of(stored, "ids"))
        return frozenset() if export_id in holders else holders

    def free_places(
        self,
        workspace_id: str,
        export_ids: Collection[str],
        forced_filters: Mapping[str, str] | None = None,
    ) -> None:
        """Free the places that these exports hold; there is at least one."""
        with unavailable_on_failure("DynamoDB"):
            self._table.client.update_item(
                TableName=self._table.name,
                Key=unfinished_exports_key(workspace_id, forced_filters),
                UpdateExpression="DELETE ids :ended",
                ExpressionAttributeValues={":ended": strings(export_ids)},
            )
