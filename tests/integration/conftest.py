"""The engines: moto in this process, and Amazon's DynamoDB Local."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from export_pipeline import ExportPipeline
from handlers import ROOT, load
from indelible.aws.clients import (
    dynamodb_client,
    s3_client,
    secretsmanager_client,
    sqs_client,
)
from indelible.aws.table import Table
from moto import mock_aws
from moto.core.botocore_stubber import BotocoreStubber
from pipeline import Caller, Pipeline

from tools.local.dynamodb_local import running
from tools.local.failure import LocalStackError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

TABLE = "indelible"
MOTO, DYNAMODB_LOCAL = "moto", "dynamodb-local"


class _Loader(yaml.SafeLoader):
    """Reads CloudFormation's `!Ref` and the like as null."""


_Loader.add_multi_constructor("!", lambda *_: None)


@cache
def table_definition() -> dict[str, Any]:
    """The table's keys and attributes, as template.yaml has them."""
    template = yaml.load((ROOT / "template.yaml").read_text(encoding="utf-8"), _Loader)
    properties = template["Resources"]["Table"]["Properties"]
    return {name: properties[name] for name in ("KeySchema", "AttributeDefinitions", "BillingMode")}


def make_table(client: DynamoDBClient) -> Table:
    """The table, empty."""
    client.create_table(TableName=TABLE, **table_definition())
    return Table(client, TABLE)


@pytest.fixture(scope="module")
def environment() -> Iterator[pytest.MonkeyPatch]:
    """What Lambda tells a function, but nothing of a real account."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_SESSION_TOKEN"):
            patch.delenv(name, raising=False)
        patch.setenv("AWS_ACCESS_KEY_ID", "testing")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        patch.setenv("TABLE_NAME", TABLE)
        patch.setenv("POWERTOOLS_METRICS_NAMESPACE", "Indelible")
        patch.setenv("POWERTOOLS_SERVICE_NAME", "tests")
        patch.setenv("POWERTOOLS_TRACE_DISABLED", "1")
        yield patch


@pytest.fixture(scope="module")
def moto(environment: pytest.MonkeyPatch) -> Iterator[None]:
    """AWS in this process, a call at a time: moto checks and writes in two steps."""
    one_at_a_time = threading.RLock()
    answer = BotocoreStubber.process_request

    def locked(stubber: BotocoreStubber, request: Any) -> Any:
        with one_at_a_time:
            return answer(stubber, request)

    environment.setattr(BotocoreStubber, "process_request", locked)
    with mock_aws():
        yield


@pytest.fixture(scope="module")
def module_moto_table(moto: None) -> Table:
    return make_table(dynamodb_client())


@pytest.fixture
def moto_table(module_moto_table: Table) -> Table:
    """An empty table: moto copies the whole of it for each item of a transaction."""
    client = module_moto_table.client
    client.delete_table(TableName=TABLE)
    return make_table(client)


@pytest.fixture(scope="session")
def dynamodb_local_url() -> Iterator[str]:
    """Where DynamoDB Local listens. Fails, and does not skip, when it cannot run."""
    with ExitStack() as stack:
        try:
            url = stack.enter_context(running())
        except LocalStackError as error:
            url, sentence = None, str(error)
        if url is None:
            pytest.fail(sentence, pytrace=False)
        yield url


@pytest.fixture(scope="module")
def dynamodb_local_table(
    environment: pytest.MonkeyPatch, dynamodb_local_url: str
) -> Iterator[Table]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL_DYNAMODB", dynamodb_local_url)
        client = dynamodb_client()
    table = make_table(client)
    yield table
    client.delete_table(TableName=table.name)


@pytest.fixture(params=[MOTO, DYNAMODB_LOCAL])
def table(request: pytest.FixtureRequest) -> Table:
    """The table, once on each engine."""
    name = "moto_table" if request.param == MOTO else "dynamodb_local_table"
    found: Table = request.getfixturevalue(name)
    return found


@pytest.fixture(scope="module")
def module_pipeline(environment: pytest.MonkeyPatch, module_moto_table: Table) -> Pipeline:
    sqs = sqs_client()
    urls = [
        sqs.create_queue(QueueName=name, Attributes={"FifoQueue": "true"})["QueueUrl"]
        for name in ("messages.fifo", "dead-letters.fifo")
    ]
    environment.setenv("QUEUE_URL", urls[0])
    environment.setenv("DEAD_LETTER_QUEUE_URL", urls[1])
    secret = secretsmanager_client().create_secret(Name="signing", SecretString="s" * 64)
    environment.setenv("SIGNING_SECRET_ARN", secret["ARN"])
    functions = [load(name) for name in ("ingest", "writer", "query")]
    return Pipeline(module_moto_table, sqs, urls[0], urls[1], *functions)


@pytest.fixture
def pipeline(module_pipeline: Pipeline, moto_table: Table) -> Pipeline:
    """Both handlers, an empty table, empty queues."""
    module_pipeline.take_messages()
    module_pipeline.take_dead_letters()
    return module_pipeline


@pytest.fixture(scope="module")
def module_export_pipeline(
    environment: pytest.MonkeyPatch, module_moto_table: Table
) -> ExportPipeline:
    s3, sqs = s3_client(), sqs_client()
    s3.create_bucket(Bucket="exports")
    queue_url = sqs.create_queue(QueueName="exports")["QueueUrl"]
    secret = secretsmanager_client().create_secret(Name="links", SecretString="s" * 64)
    environment.setenv("EXPORTS_BUCKET", "exports")
    environment.setenv("EXPORT_QUEUE_URL", queue_url)
    environment.setenv("SIGNING_SECRET_ARN", secret["ARN"])
    functions = [load(name) for name in ("exports", "exporter")]
    return ExportPipeline(module_moto_table, sqs, queue_url, s3, "exports", *functions)


@pytest.fixture
def export_pipeline(module_export_pipeline: ExportPipeline, moto_table: Table) -> ExportPipeline:
    """The handlers that make exports, an empty table, an empty queue."""
    module_export_pipeline.take()
    return module_export_pipeline


@pytest.fixture
def caller(pipeline: Pipeline) -> Caller:
    """A client of a new workspace."""
    return pipeline.new_caller()
