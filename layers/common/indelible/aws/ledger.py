"""The ledger: segments as items of the table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ..chain.segment import Damaged, Segment
from ..errors import SequenceTaken, Unreadable
from ..times import format_time, parse_time
from .clients import unavailable_on_failure, write_if
from .table import (
    Table,
    binary,
    bytes_of,
    chain_pk,
    key,
    number,
    number_of,
    segment_sk,
    string,
    text_of,
)

if TYPE_CHECKING:
    from .table import Item, ReadItem

_LAST_SEQUENCE = 10**16 - 1
_GROWTH = 32
"""From page to page: who reads on from the newest segment wants few or many, and cannot tell."""


class DynamoDBLedger:
    """`chain.ledger.Ledger`. Every read is consistent, every write is one conditional put."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def newest(self, workspace_id: str) -> Segment | None:
        """The last segment of the chain."""
        return self.containing(workspace_id, _LAST_SEQUENCE)

    def containing(self, workspace_id: str, sequence: int) -> Segment | None:
        """The segment with the largest first sequence that is not after `sequence`."""
        return next(self.descending(workspace_id, sequence, 1), None)

    def ascending(self, workspace_id: str, first_sequence: int) -> Iterator[Segment]:
        """The segments whose first sequence is `first_sequence` or later, in order."""
        return map(segment_of, self._items(workspace_id, first_sequence))

    def between(self, workspace_id: str, first: int, last: int) -> Iterator[Segment]:
        """The segments whose first sequence is `first` to `last`, in order."""
        return map(segment_of, self._items(workspace_id, first, last))

    def stored(self, workspace_id: str, first_sequence: int) -> Iterator[Segment | Damaged]:
        """What is stored there, segments or not."""
        for item in self._items(workspace_id, first_sequence):
            try:
                yield segment_of(item)
            except Unreadable as error:
                yield Damaged(workspace_id, _sequence_of(item), str(error))

    def descending(self, workspace_id: str, last_sequence: int, first: int) -> Iterator[Segment]:
        """The segments whose first sequence is `last_sequence` or earlier, newest first."""
        return map(segment_of, self._items(workspace_id, 1, last_sequence, newest_first=first))

    def _items(
        self, workspace_id: str, low: int, high: int = _LAST_SEQUENCE, *, newest_first: int = 0
    ) -> Iterator[ReadItem]:
        """The items of these first sequences, page by page.

        In order, or from the last down, when `newest_first` says how many the first page asks for.
        """
        query: dict[str, Any] = {
            "TableName": self._table.name,
            "KeyConditionExpression": "pk = :chain AND sk BETWEEN :low AND :high",
            "ExpressionAttributeValues": _range(workspace_id, low, high),
            "ConsistentRead": True,
        }
        if newest_first:
            query |= {"ScanIndexForward": False, "Limit": newest_first}
        while True:
            with unavailable_on_failure("DynamoDB"):
                page = self._table.client.query(**query)
            yield from page["Items"]
            if "LastEvaluatedKey" not in page:
                return
            query["ExclusiveStartKey"] = page["LastEvaluatedKey"]
            if newest_first:
                query["Limit"] *= _GROWTH

    def append(self, segment: Segment) -> None:
        """Store a segment where none is yet: the whole commit.

        Two writers cannot fork a chain, since both would put under the same key.
        """
        taken = write_if(
            self._table.client.put_item,
            TableName=self._table.name,
            Item=item_of(segment),
            ConditionExpression="attribute_not_exists(pk)",
        )
        if taken is not None:
            raise SequenceTaken(
                f"sequence {segment.first_sequence} of {segment.workspace_id} is taken"
            )


def _range(workspace_id: str, low: int, high: int) -> Item:
    return {
        ":chain": string(chain_pk(workspace_id)),
        ":low": string(segment_sk(low)),
        ":high": string(segment_sk(high)),
    }


def item_of(segment: Segment) -> Item:
    """A segment as the table holds it."""
    return {
        **key(chain_pk(segment.workspace_id), segment_sk(segment.first_sequence)),
        "count": number(segment.count),
        "first_created_at": string(format_time(segment.first_created_at)),
        "last_created_at": string(format_time(segment.last_created_at)),
        "previous_event_hash": binary(segment.previous_event_hash),
        "event_hash": binary(segment.event_hash),
        "leaf_hashes": binary(segment.leaf_hashes),
        "records": binary(segment.records),
    }


def segment_of(item: ReadItem) -> Segment:
    """A segment from its item. Unreadable when it is none."""
    try:
        return _segment_of(item)
    except (KeyError, ValueError) as error:
        raise Unreadable(f"an item of the chain is no segment: {error!r}") from None


def _sequence_of(item: ReadItem) -> int | None:
    """Where its key says that it begins. Written otherwise it would be found in another place."""
    sort_key = text_of(item, "sk")
    digits = sort_key.removeprefix("SEGMENT#")
    sequence = int(digits) if digits.isascii() and digits.isdigit() else 0
    return sequence if sort_key == segment_sk(sequence) else None


def _segment_of(item: ReadItem) -> Segment:
    first_sequence = _sequence_of(item)
    if first_sequence is None:
        raise ValueError("its key is not a segment's")
    return Segment(
        workspace_id=text_of(item, "pk").removeprefix("CHAIN#"),
        first_sequence=first_sequence,
        count=number_of(item, "count"),
        first_created_at=parse_time(text_of(item, "first_created_at")),
        last_created_at=parse_time(text_of(item, "last_created_at")),
        previous_event_hash=bytes_of(item, "previous_event_hash"),
        event_hash=bytes_of(item, "event_hash"),
        leaf_hashes=bytes_of(item, "leaf_hashes"),
        records=bytes_of(item, "records"),
    )
