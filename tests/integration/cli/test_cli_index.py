"""`indelible index`: a hidden record gives an exit status, and rebuilding repairs the index."""

from __future__ import annotations

import json
from functools import partial

import pytest
from botocore.exceptions import ClientError
from indelible.aws.index import DynamoDBIndex
from indelible.aws.index_repair import DynamoDBRepairableIndex
from indelible.aws.ledger import DynamoDBLedger
from indelible.aws.table import directory_sk, index_pk, key, string
from indelible.cli.stack import Stack
from indelible.index.extend import Indexer
from indelible.index.pages import encode_page
from integration.command_line import a_workspace, chain_events, run
from support.small_index import SMALL, SPAN

BLOCKS = 3


@pytest.fixture(autouse=True)
def small_index(monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands use a small index."""
    for adapter in (DynamoDBIndex, DynamoDBRepairableIndex):
        place = f"{adapter.__module__}.{adapter.__name__}"
        monkeypatch.setattr(place, partial(adapter, geometry=SMALL))


@pytest.fixture
def workspace(stack: Stack) -> str:
    """A workspace with an index of three blocks."""
    workspace_id = a_workspace()
    chain_events(stack, workspace_id, *[SPAN - 1] * (BLOCKS + 1))
    index = DynamoDBIndex(stack.table, SMALL)
    Indexer(DynamoDBLedger(stack.table), index).extend(workspace_id, BLOCKS * SPAN, lambda: True)
    assert index.newest_directory(workspace_id) == BLOCKS - 1
    return workspace_id


def empty(stack: Stack, workspace_id: str, block: int) -> None:
    """Overwrite a block's pages with empty ones."""
    for shard in range(SMALL.narrow.shards):
        page = encode_page({}, SPAN)
        DynamoDBIndex(stack.table).put_page(workspace_id, 0, shard, block, page)


def test_an_index_that_hides_nothing_exits_with_0(workspace: str) -> None:
    outcome = run("index", "verify", workspace)
    assert outcome.status == 0
    assert f"The index of {workspace} hides nothing: compared with 60 records" in outcome.stdout
    assert len(outcome.stdout.splitlines()) == 1


def test_an_emptied_block_exits_with_1_and_is_named_and_rebuilt(
    stack: Stack, workspace: str
) -> None:
    empty(stack, workspace, 1)
    outcome = run("index", "verify", workspace)
    assert outcome.status == 1
    assert "wrong in 1 place" in outcome.stdout
    assert "narrow block 1 (sequences 17 to 32): 16 records hidden by" in outcome.stdout
    assert f"Run `indelible index rebuild {workspace}` to repair it." in outcome.stdout
    rebuilt = run("index", "rebuild", workspace)
    assert rebuilt.status == 0
    assert rebuilt.stdout.startswith(f"3 blocks of {workspace} rebuilt, 0 pages beyond them")
    assert run("index", "verify", workspace).status == 0


def test_the_json_output_holds_the_same_findings(stack: Stack, workspace: str) -> None:
    empty(stack, workspace, 0)
    index = DynamoDBIndex(stack.table)
    index.put_directory(workspace, 1, b"garbage")
    index.put_directory(workspace, 99, b"forged")
    outcome = run("index", "verify", workspace, "--json")
    assert outcome.status == 1
    report = json.loads(outcome.stdout)
    assert (report["hides_nothing"], report["wrong"], report["slow"]) == (False, 2, 1)
    assert [(each["kind"], each["what"], each["block"]) for each in report["differences"]] == [
        ("hides", "narrow", 0),
        ("slow", "directory", 1),
        ("beyond", "directory", 99),
    ]
    rebuilt = json.loads(run("index", "rebuild", workspace, "--json").stdout)
    assert rebuilt == {
        "workspace_id": workspace,
        "blocks": BLOCKS,
        "pages_blanked": 0,
        "directories_removed": 1,
    }
    assert json.loads(run("index", "verify", workspace, "--json").stdout)["differences"] == []


def test_an_index_that_is_only_slow_exits_with_0_and_says_so(stack: Stack, workspace: str) -> None:
    index = DynamoDBIndex(stack.table, SMALL)
    Indexer(DynamoDBLedger(stack.table), index).blank(workspace, [1], lambda: True)
    outcome = run("index", "verify", workspace)
    assert outcome.status == 0
    assert "narrow block 0 (sequences 1 to 16): 16 pages blank" in outcome.stdout
    assert "directory of block 0 (sequences 1 to 16): missing or incomplete; slow" in outcome.stdout


def test_pages_beyond_the_built_blocks_are_blanked(stack: Stack, workspace: str) -> None:
    empty(stack, workspace, BLOCKS)
    assert run("index", "verify", workspace).status == 1
    assert "16 pages beyond them blanked" in run("index", "rebuild", workspace).stdout
    assert run("index", "verify", workspace).status == 0


def delete_index(stack: Stack, workspace_id: str) -> None:
    """Delete all pages and directories of a workspace."""
    client, name = stack.table.client, stack.table.name
    for item in client.scan(TableName=name)["Items"]:
        if item["pk"]["S"].startswith(index_pk(workspace_id)):
            client.delete_item(TableName=name, Key={"pk": item["pk"], "sk": item["sk"]})
    assert DynamoDBIndex(stack.table).newest_directory(workspace_id) is None


def test_a_missing_index_is_named_and_rebuilt(stack: Stack, workspace: str) -> None:
    delete_index(stack, workspace)
    outcome = run("index", "verify", workspace)
    assert outcome.status == 0
    assert "narrow block 2 (sequences 33 to 48): 16 pages blank, missing" in outcome.stdout
    assert "directory of block 0 (sequences 1 to 16): missing or incomplete" in outcome.stdout
    assert f"Run `indelible index rebuild {workspace}` to repair it." in outcome.stdout
    rebuilt = run("index", "rebuild", workspace)
    assert rebuilt.stdout.startswith(f"3 blocks of {workspace} rebuilt, 0 pages beyond them")
    assert len(run("index", "verify", workspace).stdout.splitlines()) == 1


def test_a_directory_of_the_wrong_type_invalidates_no_page(stack: Stack, workspace: str) -> None:
    for block in range(BLOCKS):
        place = key(index_pk(workspace), directory_sk(block))
        item = {**place, "landmarks": string("text")}
        stack.table.client.put_item(TableName=stack.table.name, Item=item)
    outcome = run("index", "verify", workspace)
    assert outcome.status == 0
    assert outcome.stdout.count("missing or incomplete; slow, not wrong") == BLOCKS
    rebuilt = run("index", "rebuild", workspace)
    assert rebuilt.stdout.startswith(f"3 blocks of {workspace} rebuilt, 0 pages beyond them")
    assert len(run("index", "verify", workspace).stdout.splitlines()) == 1


def test_only_records_of_the_chain_are_counted(stack: Stack, workspace: str) -> None:
    empty(stack, workspace, BLOCKS)
    empty(stack, workspace, 777)
    outcome = run("index", "verify", workspace)
    assert outcome.status == 1
    assert "narrow block 3 (sequences 49 to 64): 12 records hidden by 16 pages" in outcome.stdout
    assert (
        "narrow block 777 (sequences 12433 to 12448): 16 pages beyond the end of the chain,"
        " would hide records chained there later" in outcome.stdout
    )


@pytest.mark.parametrize("name", ["", " "])
@pytest.mark.parametrize("command", ["verify", "rebuild"])
def test_a_missing_workspace_argument_is_a_usage_error(
    stack: Stack, command: str, name: str
) -> None:
    outcome = run("index", command, name)
    assert outcome.status == 2
    assert "WORKSPACE: must not be empty" in outcome.stderr
    del stack


def test_a_failed_check_exits_with_2(
    stack: Stack, workspace: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("index", "verify", "ws_nobody").status == 2
    assert run("index", "rebuild", "ws_nobody").status == 1

    def fails(self: object, *_: object) -> None:
        raise ClientError({"Error": {"Code": "Throttling", "Message": "later"}}, "Query")

    monkeypatch.setattr(DynamoDBIndex, "_query", fails)
    outcome = run("index", "verify", workspace)
    assert outcome.status == 2
    del stack
