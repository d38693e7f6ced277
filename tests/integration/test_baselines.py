"""The baselines of the comparison are what they are compared as: sound audit logs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from indelible.aws.table import Table
from support.handlers import LambdaContext

from bench.baselines import accounts, single_file
from bench.baselines.items import ItemForEachEvent
from bench.baselines.shared import Baseline, BrokenChain, Queued, Refused, Workspace
from bench.baselines.single_file import SingleFile
from bench.baselines.transactions import Transactions
from bench.compare.sending import bodies, deliver
from bench.compare.watched import Watched

IDEMPOTENCY = "idempotency"
QUEUE_URL = "https://sqs.us-east-1.amazonaws.com/123456789012/compared.fifo"


@pytest.fixture
def watched() -> Iterator[Watched]:
    made = Watched()
    with made.watching():
        yield made


@pytest.fixture(scope="module")
def tables(dynamodb_local_table: Table) -> Iterator[Table]:
    """The table, and another one for Powertools."""
    client = dynamodb_local_table.client
    client.create_table(
        TableName=IDEMPOTENCY,
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    yield dynamodb_local_table
    client.delete_table(TableName=IDEMPOTENCY)


@pytest.fixture
def items(tables: Table) -> ItemForEachEvent:
    return ItemForEachEvent(tables.client, boto3.client("sqs"), QUEUE_URL, tables.name, IDEMPOTENCY)


@pytest.fixture
def transactions(tables: Table) -> Transactions:
    return Transactions(tables.client, boto3.client("sqs"), QUEUE_URL, tables.name)


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[SingleFile]:
    connection = single_file.connect(str(tmp_path / "chain.db"))
    yield SingleFile(connection)
    connection.close()


@pytest.fixture(params=["items", "transactions", "sqlite"])
def baseline(request: pytest.FixtureRequest) -> Baseline:
    made: Baseline = request.getfixturevalue(request.param)
    return made


@pytest.fixture(params=["items", "transactions"])
def queued(request: pytest.FixtureRequest) -> Queued:
    made: Queued = request.getfixturevalue(request.param)
    return made


def an_invocation(watched: Watched, workspace: Workspace) -> dict[str, Any]:
    found = watched.delivery(workspace.id)
    assert found is not None
    return found


def test_every_event_is_chained(baseline: Baseline, watched: Watched) -> None:
    workspace = baseline.add_workspace()
    for body in bodies(12, 3):
        baseline.post(workspace.secret, body)
    deliver(baseline, watched, workspace)
    assert baseline.check(workspace.id) == 36


def test_workspaces_have_chains_of_their_own(baseline: Baseline, watched: Watched) -> None:
    workspaces = [baseline.add_workspace() for _ in range(2)]
    for workspace, count in zip(workspaces, (1, 3), strict=True):
        for body in bodies(2, count):
            baseline.post(workspace.secret, body)
        deliver(baseline, watched, workspace)
    assert [baseline.check(each.id) for each in workspaces] == [2, 6]


def test_a_message_that_is_delivered_again_adds_nothing(queued: Any, watched: Watched) -> None:
    workspace = queued.add_workspace()
    queued.post(workspace.secret, bodies(7, 1)[0])
    invocation = an_invocation(watched, workspace)
    for _ in range(2):
        assert queued.deliver(invocation, LambdaContext()) == {"batchItemFailures": []}
    queued.post(workspace.secret, bodies(3, 1)[0])
    deliver(queued, watched, workspace)
    assert queued.check(workspace.id) == 10


def test_a_delivery_that_fails_after_a_transaction_goes_on_where_it_stopped(
    transactions: Transactions, watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = transactions.add_workspace()
    transactions.post(workspace.secret, bodies(150, 1)[0])
    invocation = an_invocation(watched, workspace)
    commit, commits = transactions._commit, []

    def fail_second(*arguments: Any) -> Any:
        commits.append(arguments)
        if len(commits) == 2:
            raise ClientError({"Error": {"Code": "InternalServerError"}}, "TransactWriteItems")
        return commit(*arguments)

    monkeypatch.setattr(transactions, "_commit", fail_second)
    answer = transactions.deliver(invocation, LambdaContext())
    assert len(answer["batchItemFailures"]) == 1
    assert transactions.check(workspace.id) == 99
    transactions.deliver(invocation, LambdaContext())
    assert transactions.check(workspace.id) == 150


def test_an_unknown_key_and_a_used_up_quota_are_refused(
    baseline: Baseline, watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accounts, "QUOTA", 10)
    monkeypatch.setattr(single_file, "QUOTA", 10)
    workspace = baseline.add_workspace()
    [six] = bodies(6, 1)
    with pytest.raises(Refused):
        baseline.post(workspace.secret[:-1] + "x", six)
    baseline.post(workspace.secret, six)
    with pytest.raises(Refused):
        baseline.post(workspace.secret, six)
    deliver(baseline, watched, workspace)
    assert baseline.check(workspace.id) == 6


def change_item(table: Table, workspace: Workspace) -> None:
    """Change the actor of the second record."""
    key = {"pk": {"S": f"CHAIN#{workspace.id}"}, "sk": {"S": f"{2:016d}"}}
    item = table.client.get_item(TableName=table.name, Key=key)["Item"]
    record = {**json.loads(item["record"]["S"]), "actor_id": "nobody"}
    changed = {**item, "record": {"S": json.dumps(record, separators=(",", ":"))}}
    table.client.put_item(TableName=table.name, Item=changed)


def test_a_changed_item_is_found(queued: Any, tables: Table, watched: Watched) -> None:
    workspace = queued.add_workspace()
    queued.post(workspace.secret, bodies(3, 1)[0])
    deliver(queued, watched, workspace)
    change_item(tables, workspace)
    with pytest.raises(BrokenChain, match="record 2"):
        queued.check(workspace.id)


def test_a_changed_row_is_found(sqlite: SingleFile) -> None:
    workspace = sqlite.add_workspace()
    sqlite.post(workspace.secret, bodies(3, 1)[0])
    sqlite.connection.execute(
        "UPDATE record SET record = replace(record, 'created_at', 'chained_at') WHERE sequence = 2"
    )
    with pytest.raises(BrokenChain, match="record 2"):
        sqlite.check(workspace.id)
