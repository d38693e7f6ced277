"""A chain in a table, and manual changes of its second segment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from indelible import zstd
from indelible.aws.ledger import item_of, segment_of
from indelible.aws.table import Table, chain_pk, key, segment_sk
from indelible.chain.segment import Segment, read_records
from support.builders import an_event, rewritten
from support.pipeline import Caller, Pipeline

Tamper = Callable[["Chain"], None]
"""A manual change of the table."""


class Chain:
    """A chain of five segments with three records each, as items of the table."""

    def __init__(self, pipeline: Pipeline, caller: Caller) -> None:
        self.table: Table = pipeline.table
        self.workspace_id = caller.workspace_id
        self.ids: list[str] = []
        """The ids of the events, in the order of the chain."""
        for number in range(5):
            events = (an_event(version=number) for _ in range(3))
            self.ids += pipeline.post_and_chain(caller, *events)

    def key(self, first: int) -> dict[str, Any]:
        """The key of the segment with this first sequence."""
        return key(chain_pk(self.workspace_id), segment_sk(first))

    def read(self, first: int) -> Segment:
        """A segment."""
        found = self.table.client.get_item(TableName=self.table.name, Key=self.key(first))
        return segment_of(found["Item"])

    def write(self, segment: Segment) -> None:
        """Put a segment in its place, whatever is there."""
        item = item_of(replace(segment, workspace_id=self.workspace_id))
        self.table.client.put_item(TableName=self.table.name, Item=item)

    def change(self, first: int, **attributes: Any) -> None:
        """Change attributes of a segment's item."""
        item = {**item_of(self.read(first)), **attributes}
        self.table.client.put_item(TableName=self.table.name, Item=item)

    def delete(self, first: int) -> None:
        """Delete a segment."""
        self.table.client.delete_item(TableName=self.table.name, Key=self.key(first))


def with_records(chain: Chain, records: list[bytes]) -> None:
    """Store other records in the second segment and keep its hashes."""
    chain.change(4, records={"B": zstd.compress(b"\n".join(records))})


def change_a_byte(chain: Chain) -> None:
    first, second, third = read_records(chain.read(4))
    with_records(chain, [first, second.replace(b"user_2hG9kLm", b"user_9pK3mNq"), third])


def remove_a_record(chain: Chain) -> None:
    segment = chain.read(4)
    chain.write(rewritten(segment, read_records(segment)[:2]))


def insert_a_record(chain: Chain) -> None:
    segment = chain.read(4)
    records = read_records(segment)
    chain.write(rewritten(segment, [*records, records[-1]]))


def swap_two_records(chain: Chain) -> None:
    first, second, third = read_records(chain.read(4))
    with_records(chain, [second, first, third])


def delete_a_segment(chain: Chain) -> None:
    chain.delete(4)


def rewrite_a_segment_and_its_hashes(chain: Chain) -> None:
    segment = chain.read(4)
    records = [each.replace(b"user_2hG9kLm", b"user_9pK3mNq") for each in read_records(segment)]
    chain.write(rewritten(segment, records))


def garble_a_segment(chain: Chain) -> None:
    chain.change(4, records={"B": b"no zstd at all"})


def put_a_bomb_in_its_place(chain: Chain) -> None:
    """It decompresses to 64 MB, of which a segment may have 8."""
    chain.write(replace(chain.read(4), records=zstd.compress(bytes(64_000_000))))


def put_no_segment_in_its_place(chain: Chain) -> None:
    chain.change(4, count={"S": "three"})
