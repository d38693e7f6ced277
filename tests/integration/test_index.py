"""The index on each engine: pages and directories are read back unchanged and in order."""

from __future__ import annotations

import pytest
from indelible.aws.index import DynamoDBIndex
from indelible.aws.index_repair import DynamoDBRepairableIndex
from indelible.aws.table import Table
from indelible.chain.order import Order
from indelible.index.ports import Index, RepairableIndex
from support.memory_index import MemoryIndex


@pytest.fixture
def index(engine: Table | None) -> RepairableIndex:
    return DynamoDBRepairableIndex(engine) if engine else MemoryIndex()


def test_a_new_index_is_empty(index: Index, workspace_id: str) -> None:
    assert [*index.pages(workspace_id, 0, 0, 0, 9)] == []
    assert [*index.directories(workspace_id, 0)] == []
    assert index.newest_directory(workspace_id) is None


def test_pages_come_newest_first_and_only_of_the_requested_blocks(
    index: Index, workspace_id: str
) -> None:
    for block in range(40):
        index.put_page(workspace_id, 1, 3, block, bytes([block]))
    found = [*index.pages(workspace_id, 1, 3, 2, 38)]
    assert found == [(block, bytes([block])) for block in range(38, 1, -1)]
    assert [*index.pages(workspace_id, 1, 4, 0, 99)] == []
    assert [*index.pages("ws_other", 1, 3, 0, 99)] == []


def test_pages_come_oldest_first_too(index: Index, workspace_id: str) -> None:
    for block in range(40):
        index.put_page(workspace_id, 1, 3, block, bytes([block]))
    found = [*index.pages(workspace_id, 1, 3, 2, 38, Order.ASC)]
    assert found == [(block, bytes([block])) for block in range(2, 39)]


def test_directories_come_in_order_from_the_requested_block(
    index: Index, workspace_id: str
) -> None:
    for block in (10, 0, 9, 3):
        index.put_directory(workspace_id, block, bytes([block]))
    found = [*index.directories(workspace_id, 3)]
    assert found == [(block, bytes([block])) for block in (3, 9, 10)]
    assert [block for block, _ in index.directories(workspace_id, 3, 9)] == [3, 9]
    assert [*index.directories(workspace_id, 4, 8)] == []
    assert index.newest_directory(workspace_id) == 10
    assert index.newest_directory("ws_other") is None


def test_directories_of_chosen_blocks_come_in_the_requested_order(
    index: Index, workspace_id: str
) -> None:
    for block in range(130):
        index.put_directory(workspace_id, block, bytes([block]))
    index.put_directory(f"{workspace_id}_", 500, b"other")
    assert [*index.directories_of(workspace_id, [7, 500, 0, 129])] == [
        (7, b"\x07"),
        (0, b"\x00"),
        (129, b"\x81"),
    ]
    wanted = [*range(129, -1, -1)]
    assert [block for block, _ in index.directories_of(workspace_id, wanted)] == wanted
    assert [*index.directories_of(workspace_id, [])] == []


def test_a_directory_can_be_removed_twice(index: RepairableIndex, workspace_id: str) -> None:
    for block in (0, 1):
        index.put_directory(workspace_id, block, b"put")
    for _ in range(2):
        index.remove_directory(workspace_id, 1)
        assert [*index.directories(workspace_id, 0)] == [(0, b"put")]
    assert index.newest_directory(workspace_id) == 0


def test_a_page_put_again_replaces_the_first(index: Index, workspace_id: str) -> None:
    for page in (b"first", b"second"):
        index.put_page(workspace_id, 0, 0, 0, page)
        index.put_directory(workspace_id, 7, page)
    assert [*index.pages(workspace_id, 0, 0, 0, 0)] == [(0, b"second")]
    assert dict(index.directories(workspace_id, 0)) == {7: b"second"}


def test_a_page_under_a_key_in_another_spelling_is_ignored(table: Table, workspace_id: str) -> None:
    """`PAGE#00000000005` sorts between the blocks 0 and 1, and would be read as block 5."""
    index = DynamoDBIndex(table)
    for block in range(3):
        index.put_page(workspace_id, 0, 0, block, b"put")
    for digits in ("00000000005", "000000000_1", "00000000", "000000001٣"):
        item = {"pk": {"S": f"INDEX#{workspace_id}#0#0"}, "sk": {"S": f"PAGE#{digits}"}}
        table.client.put_item(TableName=table.name, Item={**item, "page": {"B": b"forged"}})
    found = [*index.pages(workspace_id, 0, 0, 0, 9)]
    assert found == [(2, b"put"), (1, b"put"), (0, b"put")]
