"""Segments in a table, the records of its stream, and the index that the indexer makes."""

from __future__ import annotations

import json
from typing import Any

from indelible.aws.index import DynamoDBIndex
from indelible.aws.ledger import item_of
from indelible.aws.table import Table
from indelible.chain.segment import Segment
from support.builders import WORKSPACE
from support.handlers import ROOT
from support.small_index import SMALL


def store(table: Table, chain: list[Segment]) -> None:
    """Put segments where the writer puts them."""
    for segment in chain:
        table.client.put_item(TableName=table.name, Item=item_of(segment))


def record(pk: str, sk: str) -> dict[str, Any]:
    """A record of the stream, modelled on the sample."""
    [found] = json.loads((ROOT / "events" / "indexer-stream.json").read_text())["Records"]
    found["dynamodb"]["Keys"] = {"pk": {"S": pk}, "sk": {"S": sk}}
    return dict(found)


def inserted(segment: Segment, name: str = "INSERT") -> dict[str, Any]:
    """The stream's record of a segment's put, or of another change of the segment."""
    item = item_of(segment)
    return record(item["pk"]["S"], item["sk"]["S"]) | {"eventName": name}


def index_of(table: Table) -> tuple[dict[tuple[int, int, int], bytes], dict[int, bytes]]:
    """All pages of a small index by level, shard and block, and all directories by block."""
    index = DynamoDBIndex(table)
    pages = {
        (level.number, shard, block): page
        for level in (SMALL.narrow, SMALL.wide)
        for shard in range(level.shards)
        for block, page in index.pages(WORKSPACE, level.number, shard, 0, 10**10 - 1)
    }
    return pages, dict(index.directories(WORKSPACE, 0))
