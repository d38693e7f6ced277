"""The handlers over moto, and usage on every engine."""

from __future__ import annotations

from types import ModuleType

import pytest
from indelible.aws.clients import s3_client, sqs_client
from indelible.aws.index import DynamoDBIndex
from indelible.aws.ledger import DynamoDBLedger
from indelible.aws.table import Table
from indelible.aws.turns import DynamoDBTurns
from indelible.aws.usage import DynamoDBUsage
from indelible.identifiers import new_workspace_id
from indelible.index.extend import Indexer
from integration.buckets import LOCKED, STATES
from integration.export_pipeline import ExportPipeline
from integration.proof_pipeline import LOCKED_BUCKET, STATE_BUCKET, ProofPipeline
from integration.stored_secrets import store_secrets
from integration.turns import AnyTurns, emptied, turns_on
from integration.usage_engines import MEMORY, AnyUsage
from support.engines import DYNAMODB_LOCAL, MOTO
from support.handlers import load
from support.memory import MemoryUsage
from support.notes import LOG
from support.pipeline import Caller, Pipeline
from support.small_index import SMALL


@pytest.fixture(scope="module")
def module_pipeline(environment: pytest.MonkeyPatch, module_moto_table: Table) -> Pipeline:
    sqs = sqs_client()
    urls = [
        sqs.create_queue(QueueName=name, Attributes={"FifoQueue": "true"})["QueueUrl"]
        for name in ("messages.fifo", "dead-letters.fifo")
    ]
    environment.setenv("QUEUE_URL", urls[0])
    environment.setenv("DEAD_LETTER_QUEUE_URL", urls[1])
    store_secrets(environment)
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
    store_secrets(environment)
    environment.setenv("EXPORTS_BUCKET", "exports")
    environment.setenv("EXPORT_QUEUE_URL", queue_url)
    functions = [load(name) for name in ("exports", "exporter")]
    return ExportPipeline(module_moto_table, sqs, queue_url, s3, "exports", *functions)


@pytest.fixture
def export_pipeline(module_export_pipeline: ExportPipeline, moto_table: Table) -> ExportPipeline:
    """The handlers that make exports, an empty table, an empty queue."""
    module_export_pipeline.take()
    return module_export_pipeline


@pytest.fixture(scope="module")
def module_proof_pipeline(
    environment: pytest.MonkeyPatch, module_moto_table: Table
) -> ProofPipeline:
    s3 = s3_client()
    for bucket in (LOCKED_BUCKET, STATE_BUCKET):
        s3.create_bucket(Bucket=bucket)
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    environment.setenv("CHECKPOINT_BUCKET", LOCKED_BUCKET)
    environment.setenv("STATE_BUCKET", STATE_BUCKET)
    store_secrets(environment)
    return ProofPipeline(module_moto_table, s3, load("proofs"))


@pytest.fixture
def proof_pipeline(module_proof_pipeline: ProofPipeline, moto_table: Table) -> ProofPipeline:
    """The function that returns proofs as after a cold start, an empty table and empty buckets."""
    module_proof_pipeline.begin_again()
    return module_proof_pipeline


@pytest.fixture
def reader(export_pipeline: ExportPipeline) -> Caller:
    """A client of a workspace with ten events."""
    return export_pipeline.new_caller(events=10)


@pytest.fixture
def caller(pipeline: Pipeline) -> Caller:
    """A client of a new workspace."""
    return pipeline.new_caller()


@pytest.fixture
def workspace_id() -> str:
    """A workspace that no other test uses."""
    return new_workspace_id()


@pytest.fixture(params=[MEMORY, MOTO, DYNAMODB_LOCAL])
def usage(request: pytest.FixtureRequest) -> AnyUsage:
    """Usage, once on each engine and once in memory: all keep one contract."""
    if request.param == MEMORY:
        return MemoryUsage()
    name = "moto_table" if request.param == MOTO else "dynamodb_local_table"
    return DynamoDBUsage(request.getfixturevalue(name))


@pytest.fixture
def indexer(moto_table: Table, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The indexer's function over an empty table, with a small index."""
    function = load("indexer")
    index = DynamoDBIndex(function.table, SMALL)
    monkeypatch.setattr(function, "indexer", Indexer(DynamoDBLedger(function.table), index))
    return function


@pytest.fixture
def client(proof_pipeline: ProofPipeline) -> Caller:
    """A client of a new workspace."""
    return proof_pipeline.new_caller()


@pytest.fixture
def checkpoint(moto: None, environment: pytest.MonkeyPatch) -> ModuleType:
    """The checkpoint function, with names of resources that need not exist."""
    variables = {
        "TABLE_ARN": "arn:aws:dynamodb:us-east-1:123456789012:table/indelible",
        "CHECKPOINT_BUCKET": LOCKED,
        "STATE_BUCKET": STATES,
        "SIGNING_KEY_ARNS": "arn:aws:kms:us-east-1:123456789012:key/present, arn:old",
        "LOG_ORIGIN": LOG.name,
        "GROWTH_QUEUE_URL": "x",
    }
    for name, value in variables.items():
        environment.setenv(name, value)
    return load("checkpoint")


@pytest.fixture
def turns(engine: Table | None) -> AnyTurns:
    """Turns on each engine, with none taken."""
    return turns_on(engine)


@pytest.fixture
def stored_turns(table: Table) -> DynamoDBTurns:
    """Turns in a table, with none taken."""
    return emptied(table)


@pytest.fixture
def query(proof_pipeline: ProofPipeline, environment: pytest.MonkeyPatch) -> ModuleType:
    """The query function beside the log, just started."""
    store_secrets(environment)
    return load("query")
