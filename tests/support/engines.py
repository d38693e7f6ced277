"""The engines: the ports in memory, moto in this process, and Amazon's DynamoDB Local."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from botocore.loaders import JSONFileLoader
from indelible.aws.clients import dynamodb_client, session
from indelible.aws.table import Table
from indelible.identifiers import new_workspace_id

from support.inserts import insert_into_moto
from support.template import read_template
from tools.local.dynamodb_local import running
from tools.local.failure import LocalStackError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

TABLE = "indelible"
MEMORY, MOTO, DYNAMODB_LOCAL = "memory", "moto", "dynamodb-local"


def table_definition() -> dict[str, Any]:
    """The table's keys and attributes, as template.yaml has them."""
    properties = read_template()["Resources"]["Table"]["Properties"]
    return {name: properties[name] for name in ("KeySchema", "AttributeDefinitions", "BillingMode")}


def make_table(client: DynamoDBClient) -> Table:
    """Create the table, empty."""
    client.create_table(TableName=TABLE, **table_definition())
    return Table(client, TABLE)


@pytest.fixture(scope="session", autouse=True)
def models_read_once() -> Iterator[None]:
    """All sessions share the files of botocore, which take a third of a second to read anew."""
    with pytest.MonkeyPatch.context() as patch:
        loader = JSONFileLoader()
        patch.setattr(JSONFileLoader, "load_file", staticmethod(cache(loader.load_file)))
        yield


@pytest.fixture(scope="module")
def environment() -> Iterator[pytest.MonkeyPatch]:
    """The environment variables that Lambda sets, and none of a real AWS account."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_SESSION_TOKEN"):
            patch.delenv(name, raising=False)
        patch.setenv("FRAME_ANCESTORS", "'none'")
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
    """AWS in this process. Calls run one at a time, since moto checks and writes in two steps.

    Inserts are ours (`inserts.py`), because moto's fail.
    """
    from moto import mock_aws  # noqa: PLC0415 (a second that unit tests need not wait)
    from moto.core.botocore_stubber import BotocoreStubber  # noqa: PLC0415
    from moto.dynamodb.models import DynamoDBBackend  # noqa: PLC0415

    one_at_a_time = threading.RLock()
    answer = BotocoreStubber.process_request

    def locked(stubber: Any, request: Any) -> Any:
        with one_at_a_time:
            return answer(stubber, request)

    environment.setattr(BotocoreStubber, "process_request", locked)
    environment.setattr(DynamoDBBackend, "batch_execute_statement", insert_into_moto)
    session.cache_clear()  # moto answers the clients of sessions that are made after its import
    with mock_aws():
        yield


@pytest.fixture(scope="module")
def module_moto_table(moto: None) -> Table:
    return make_table(dynamodb_client())


@pytest.fixture
def moto_table(module_moto_table: Table) -> Table:
    """An empty table: moto copies the whole table for each item of a transaction."""
    client = module_moto_table.client
    client.delete_table(TableName=TABLE)
    return make_table(client)


@pytest.fixture(scope="session")
def dynamodb_local_url() -> Iterator[str]:
    """The URL of DynamoDB Local. Fails, and does not skip, when it cannot run."""
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
    """The table on moto and on DynamoDB Local, for promises that only the adapter makes."""
    return _table_on(request)


@pytest.fixture(params=[MEMORY, MOTO, DYNAMODB_LOCAL])
def engine(request: pytest.FixtureRequest) -> Table | None:
    """The table on each engine, None in memory, for promises of every implementation of a port.

    So the ports in memory, which the unit tests and the fuzzers use, behave as AWS does.
    """
    return None if request.param == MEMORY else _table_on(request)


def _table_on(request: pytest.FixtureRequest) -> Table:
    name = "moto_table" if request.param == MOTO else "dynamodb_local_table"
    found: Table = request.getfixturevalue(name)
    return found


@pytest.fixture
def workspace_id() -> str:
    """A new workspace: the tests of a module share DynamoDB Local's table."""
    return new_workspace_id()
