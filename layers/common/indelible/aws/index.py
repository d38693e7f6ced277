"""Stores the pages and directories of the index as items of the table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from ..chain.order import Order
from ..index.levels import GEOMETRY, LAST_BLOCK, Geometry
from .batch_get import read_items
from .clients import unavailable_on_failure
from .table import (
    Table,
    binary,
    bytes_of,
    directory_sk,
    index_pk,
    index_shard_pk,
    key,
    page_sk,
    string,
    text_of,
)

if TYPE_CHECKING:
    from .table import Item, ReadItem

_DIGITS = len(str(LAST_BLOCK))
_FIRST_PAGES = 16
"""Items in the first query: wide blocks of 16 x 65,536 events. Later queries return up to 1 MB."""


class DynamoDBIndex:
    """Implements `index.ports.Index` with DynamoDB.

    Every read is consistent, because a wide block is merged from pages that were just put. Other
    readers do not need that; it costs them half a read unit for each 4 KB.
    """

    def __init__(self, table: Table, geometry: Geometry = GEOMETRY) -> None:
        self._table = table
        self.geometry = geometry

    def pages(
        self,
        workspace_id: str,
        level: int,
        shard: int,
        first_block: int,
        last_block: int,
        order: Order = Order.DESC,
    ) -> Iterator[tuple[int, bytes]]:
        """Yield (block, page) for the stored pages of these blocks, in this order."""
        pk = index_shard_pk(workspace_id, level, shard)
        query = self._query(pk, page_sk(first_block), page_sk(last_block))
        query |= {"ScanIndexForward": order is Order.ASC, "Limit": _FIRST_PAGES}
        return self._stored(query, "page")

    def directories(
        self, workspace_id: str, first_block: int, last_block: int = LAST_BLOCK
    ) -> Iterator[tuple[int, bytes]]:
        """Yield (block, directory) for these narrow blocks, both inclusive, in order."""
        pk = index_pk(workspace_id)
        query = self._query(pk, directory_sk(first_block), directory_sk(last_block))
        return self._stored(query, "landmarks")

    def directories_of(
        self, workspace_id: str, blocks: Sequence[int]
    ) -> Iterator[tuple[int, bytes]]:
        """Yield (block, directory) for exactly these narrow blocks."""
        pk = index_pk(workspace_id)
        keys = (key(pk, directory_sk(block)) for block in blocks)
        return _numbered(read_items(self._table, keys), "landmarks")

    def newest_directory(self, workspace_id: str) -> int | None:
        """Return the last narrow block that has a directory, or None."""
        query = self._query(index_pk(workspace_id), directory_sk(0), directory_sk(LAST_BLOCK))
        query |= {"ScanIndexForward": False, "Limit": 1}
        newest = next(self._stored(query, "landmarks"), None)
        return None if newest is None else newest[0]

    def put_page(self, workspace_id: str, level: int, shard: int, block: int, page: bytes) -> None:
        """Store a page; replaces an existing one."""
        pk = index_shard_pk(workspace_id, level, shard)
        self._put({**key(pk, page_sk(block)), "page": binary(page)})

    def put_directory(self, workspace_id: str, block: int, directory: bytes) -> None:
        """Store a directory; replaces an existing one."""
        pk = index_pk(workspace_id)
        self._put({**key(pk, directory_sk(block)), "landmarks": binary(directory)})

    def _put(self, item: Item) -> None:
        with unavailable_on_failure("DynamoDB"):
            self._table.client.put_item(TableName=self._table.name, Item=item)

    def _query(self, pk: str, first: str, last: str) -> dict[str, Any]:
        return {
            "TableName": self._table.name,
            "KeyConditionExpression": "pk = :pk AND sk BETWEEN :first AND :last",
            "ExpressionAttributeValues": {
                ":pk": string(pk),
                ":first": string(first),
                ":last": string(last),
            },
            "ConsistentRead": True,
        }

    def _stored(self, query: dict[str, Any], name: str) -> Iterator[tuple[int, bytes]]:
        """Yield (block, bytes of attribute `name`) for the items of a query.

        A `Limit` applies to the first page of results only.
        """
        while True:
            with unavailable_on_failure("DynamoDB"):
                page = self._table.client.query(**query)
            yield from _numbered(page["Items"], name)
            if "LastEvaluatedKey" not in page:
                return
            query["ExclusiveStartKey"] = page["LastEvaluatedKey"]
            query.pop("Limit", None)


def _numbered(items: Iterable[ReadItem], name: str) -> Iterator[tuple[int, bytes]]:
    """Yield (block, bytes of attribute `name`) for these items.

    Items that DynamoDBIndex did not write are skipped as if they were missing. That includes keys
    with another number of digits, which would not sort by their number.
    """
    for item in items:
        with suppress(KeyError, ValueError):
            digits = text_of(item, "sk").rpartition("#")[2]
            if len(digits) == _DIGITS and digits.isascii() and digits.isdigit():
                yield int(digits), bytes_of(item, name)
