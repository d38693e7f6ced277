"""The ledger: stores segments as items of the table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from ..chain.ledger import LAST_SEQUENCE
from ..chain.segment import Damaged, Segment
from ..codec import ZLIB
from ..errors import SequenceTaken, Unreadable
from ..times import format_time, parse_time
from .batch_get import read_items
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

_PREFIXES = "leaf_prefixes"
"""The attribute of the leaf prefixes. Older items have whole leaf hashes in `leaf_hashes`."""

_GROWTH = 32
"""Growth factor of pages: callers that choose a size need either one page or many."""


class DynamoDBLedger:
    """Implements `chain.ledger.Ledger`: reads are consistent, writes conditional puts."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def newest(self, workspace_id: str) -> Segment | None:
        """The last segment of the chain."""
        return self.at_or_before(workspace_id, LAST_SEQUENCE)

    def at_or_before(self, workspace_id: str, sequence: int) -> Segment | None:
        """The last segment that begins at `sequence` or before."""
        return next(self.descending(workspace_id, sequence, 1), None)

    def ascending(
        self, workspace_id: str, first: int, last: int | None = None, page_size: int | None = None
    ) -> Iterator[Segment]:
        """The segments that begin at the sequence `first` to `last`, in order."""
        items = self._items(workspace_id, first, last or LAST_SEQUENCE, page_size)
        return map(segment_of, items)

    def descending(self, workspace_id: str, last: int, page_size: int) -> Iterator[Segment]:
        """The segments that begin at the sequence `last` or before, newest first."""
        items = self._items(workspace_id, 1, last, page_size, newest_first=True)
        return map(segment_of, items)

    def segments_at(self, workspace_id: str, first_sequences: Sequence[int]) -> Iterator[Segment]:
        """The segments that begin at exactly these sequences, in this order."""
        return self.segments_of((workspace_id, first) for first in first_sequences)

    def segments_of(self, names: Iterable[tuple[str, int]]) -> Iterator[Segment]:
        """The segments of many chains with these names, in this order."""
        keys = (key(chain_pk(workspace_id), segment_sk(first)) for workspace_id, first in names)
        for item in read_items(self._table, keys):
            with suppress(Unreadable):
                yield segment_of(item)

    def stored(self, workspace_id: str, first: int) -> Iterator[Segment | Damaged]:
        """The items stored at the sequence `first` and after: segments and damaged items."""
        for item in self._items(workspace_id, first, LAST_SEQUENCE):
            try:
                yield segment_of(item)
            except Unreadable as error:
                yield Damaged(workspace_id, _sequence_of(item), str(error))

    def _items(
        self,
        workspace_id: str,
        first: int,
        last: int,
        page_size: int | None = None,
        *,
        newest_first: bool = False,
    ) -> Iterator[ReadItem]:
        """The items with the keys of these sequences, page by page.

        They are in order, or newest first. `page_size` is the size of the first page; without it,
        DynamoDB returns 1 MB at a time.
        """
        query: dict[str, Any] = {
            "TableName": self._table.name,
            "KeyConditionExpression": "pk = :chain AND sk BETWEEN :first AND :last",
            "ExpressionAttributeValues": {
                ":chain": string(chain_pk(workspace_id)),
                ":first": string(segment_sk(first)),
                ":last": string(segment_sk(last)),
            },
            "ConsistentRead": True,
            "ScanIndexForward": not newest_first,
        }
        if page_size:
            query["Limit"] = page_size
        while True:
            with unavailable_on_failure("DynamoDB"):
                page = self._table.client.query(**query)
            yield from page["Items"]
            if "LastEvaluatedKey" not in page:
                return
            query["ExclusiveStartKey"] = page["LastEvaluatedKey"]
            if page_size:
                query["Limit"] *= _GROWTH

    def append(self, segment: Segment) -> None:
        """Store a new segment. This one put is the whole commit.

        Two writers cannot fork a chain, because both would put an item with the same key.
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


def item_of(segment: Segment) -> Item:
    """A segment as the table holds it."""
    return {
        **key(chain_pk(segment.workspace_id), segment_sk(segment.first_sequence)),
        "count": number(segment.count),
        "first_created_at": string(format_time(segment.first_created_at)),
        "last_created_at": string(format_time(segment.last_created_at)),
        "previous_event_hash": binary(segment.previous_event_hash),
        "event_hash": binary(segment.event_hash),
        _PREFIXES: binary(segment.leaf_prefixes),
        "codec": string(segment.codec),
        "records": binary(segment.records),
    }


def segment_of(item: ReadItem) -> Segment:
    """A segment from its item. Raises Unreadable when the item is not a segment."""
    try:
        return _segment_of(item)
    except (KeyError, ValueError) as error:
        raise Unreadable(f"an item of the chain is not a segment: {error!r}") from None


def _sequence_of(item: ReadItem) -> int | None:
    """The sequence in an item's key; None unless the key is written as `segment_sk` writes it.

    Keys of more digits sort among the others. No format has room for such a sequence.
    """
    sort_key = text_of(item, "sk")
    digits = sort_key.removeprefix("SEGMENT#")
    sequence = int(digits) if digits.isascii() and digits.isdigit() else 0
    is_possible = sequence <= LAST_SEQUENCE and sort_key == segment_sk(sequence)
    return sequence if is_possible else None


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
        leaf_prefixes=bytes_of(item, _PREFIXES if _PREFIXES in item else "leaf_hashes"),
        codec=text_of(item, "codec") if "codec" in item else ZLIB,
        records=bytes_of(item, "records"),
    )
