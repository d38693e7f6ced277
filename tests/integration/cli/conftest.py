"""A stack in moto, which commands find through its CloudFormation outputs."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from indelible.aws import clients, dead_letters
from indelible.cli import dlq
from indelible.cli.stack import Stack, find_stack
from integration.buried import Clock
from integration.command_line import a_workspace, chain_events, run
from integration.kept_files import POLICY, grow
from moto import mock_aws
from moto.dynamodb.models import DynamoDBBackend
from support.http_log import API_KEY, HttpLog, serving
from support.inserts import insert_into_moto
from support.notes import LOG
from support.proving import a_deployment

NAME = "under-test"

_KEYS = {"pk": "HASH", "sk": "RANGE"}
TEMPLATE = {
    "Resources": {
        "Table": {
            "Type": "AWS::DynamoDB::Table",
            "Properties": {
                "AttributeDefinitions": [{"AttributeName": k, "AttributeType": "S"} for k in _KEYS],
                "KeySchema": [{"AttributeName": k, "KeyType": v} for k, v in _KEYS.items()],
                "BillingMode": "PAY_PER_REQUEST",
            },
        },
        "Queue": {
            "Type": "AWS::SQS::Queue",
            "Properties": {"FifoQueue": True, "QueueName": "messages.fifo"},
        },
        "DeadLetterQueue": {
            "Type": "AWS::SQS::Queue",
            "Properties": {"FifoQueue": True, "QueueName": "dead-letters.fifo"},
        },
        "LockedBucket": {"Type": "AWS::S3::Bucket"},
        "StateBucket": {"Type": "AWS::S3::Bucket"},
    },
    "Outputs": {
        "TableName": {"Value": {"Ref": "Table"}},
        "QueueUrl": {"Value": {"Ref": "Queue"}},
        "DeadLetterQueueUrl": {"Value": {"Ref": "DeadLetterQueue"}},
        "LockedBucketName": {"Value": {"Ref": "LockedBucket"}},
        "StateBucketName": {"Value": {"Ref": "StateBucket"}},
        "UsedLogOrigin": {"Value": LOG.name},
    },
}


@pytest.fixture
def new_session() -> Iterator[None]:
    """AWS clients read the environment and the user's settings again, as in a new process."""
    clients.session.cache_clear()
    yield
    clients.session.cache_clear()


@pytest.fixture
def stack(new_session: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stack]:
    """An empty stack, which commands find by INDELIBLE_STACK."""
    for name in [each for each in os.environ if each.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("INDELIBLE_STACK", NAME)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    monkeypatch.setattr(DynamoDBBackend, "batch_execute_statement", insert_into_moto)
    with mock_aws():
        boto3.client("cloudformation").create_stack(
            StackName=NAME, TemplateBody=json.dumps(TEMPLATE)
        )
        found = find_stack(NAME)
        assert found.log
        boto3.client("s3").put_bucket_versioning(  # moto does not read it from a template
            Bucket=found.log.state_bucket, VersioningConfiguration={"Status": "Enabled"}
        )
        yield found


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """For `dlq` it is noon, and waiting takes no time."""
    found = Clock()
    monkeypatch.setattr(dead_letters, "WAIT_SECONDS", 0)
    monkeypatch.setattr(dlq, "now", lambda: found.now)
    monkeypatch.setattr(dlq, "_wait", found.wait)
    return found


@pytest.fixture
def file(stack: Stack, tmp_path: Path) -> Path:
    """The export of a chain of eight records."""
    workspace_id = a_workspace()
    chain_events(stack, workspace_id, 3, 1, 4)
    path = tmp_path / "chain.ndjson.gz"
    assert run("export", workspace_id, "--out", str(path)).status == 0
    return path


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Iterator[HttpLog]:
    """A log with ten records of a chain, cosigned by a witness, and served over HTTP."""
    deployment = a_deployment()
    grow(deployment, 4, 6)
    with serving(deployment) as found:
        monkeypatch.setenv("INDELIBLE_URL", found.url)
        monkeypatch.setenv("INDELIBLE_API_KEY", API_KEY)
        yield found


@pytest.fixture
def policy(tmp_path: Path) -> str:
    """The path of a policy that wants the witness."""
    (tmp_path / "policy").write_text(POLICY)
    return str(tmp_path / "policy")
