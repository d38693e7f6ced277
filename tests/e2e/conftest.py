"""The running local stack, and what the end-to-end tests do with it."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING

import httpx
import pytest
from e2e.covered_workspace import Covered, cover_by_schedule
from e2e.role_probe import Call, function_with_role
from indelible.accounts.keys import SCOPES
from indelible.accounts.workspace import Policy
from indelible.aws.api_keys import create_key
from indelible.aws.ledger import DynamoDBLedger
from indelible.aws.table import Table
from indelible.aws.workspaces import create_workspace

from tools.local.aws import root_session
from tools.local.stack import Stack, require

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


STARTING_SECONDS = 180
"""Timeout of requests. Fifty clients make the emulator start many processes, on few cores."""


@pytest.fixture(scope="session")
def stack() -> Stack:
    """The stack that `make up` started. Without one, these tests fail."""
    return require()


@pytest.fixture(scope="session")
def table(stack: Stack) -> Table:
    client = root_session().client("dynamodb", endpoint_url=stack.endpoint_url)
    return Table(client, stack.table_name)


@pytest.fixture(scope="session")
def ledger(table: Table) -> DynamoDBLedger:
    return DynamoDBLedger(table)


@pytest.fixture(scope="session")
def sqs(stack: Stack) -> SQSClient:
    return root_session().client("sqs", endpoint_url=stack.endpoint_url)


@pytest.fixture(scope="session")
def roles(stack: Stack) -> Iterator[dict[str, Call]]:
    """Calls with the role of a function, by function."""
    with ExitStack() as functions:
        yield {
            name: functions.enter_context(
                function_with_role(stack, role, f"probe-{name}-{secrets.token_hex(4)}")
            )
            for name, role in stack.roles.items()
        }


@pytest.fixture
def new_workspace(make_workspace: Callable[[], tuple[str, str]]) -> Callable[[], tuple[str, str]]:
    """Makes workspaces: the id, and an API key with every scope."""
    return make_workspace


@pytest.fixture(scope="session")
def make_workspace(table: Table) -> Callable[[], tuple[str, str]]:
    """`new_workspace`, for fixtures that several tests share."""

    def make() -> tuple[str, str]:
        now = time.time_ns() // 1_000
        workspace = create_workspace(table, "end to end", Policy(), now)
        return workspace.id, create_key(table, workspace.id, "test", frozenset(SCOPES), now)

    return make


@pytest.fixture(scope="session")
def http(stack: Stack) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{stack.base_url}/api/", timeout=STARTING_SECONDS) as client:
        yield client


@pytest.fixture(scope="session")
def covered(
    stack: Stack,
    http: httpx.Client,
    ledger: DynamoDBLedger,
    make_workspace: Callable[[], tuple[str, str]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Covered:
    """A workspace whose six events the schedule has covered."""
    folder = tmp_path_factory.mktemp("kept")
    return cover_by_schedule(stack, http, ledger, make_workspace(), folder)
