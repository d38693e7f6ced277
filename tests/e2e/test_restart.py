"""After `make down` and `make up` the table's stream continues where it was."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
import pytest
from e2e.client import send_until_accepted
from indelible.aws.index import DynamoDBIndex
from indelible.aws.ledger import DynamoDBLedger
from indelible.aws.table import Table
from indelible.index.levels import GEOMETRY

from tools.local import emulator
from tools.local.aws import root_session
from tools.local.stack import Stack
from tools.local.waiting import wait_until

pytestmark = pytest.mark.restarts

Workspaces = Callable[[], tuple[str, str]]

BATCH = 100
END_OF_BLOCK_1 = GEOMETRY.narrow.first_sequence(1) - 1
END_OF_BLOCK_2 = GEOMETRY.narrow.first_sequence(2) - 1


class Chain:
    """A workspace that events are sent to, and its index."""

    def __init__(self, http: httpx.Client, table: Table, workspace: tuple[str, str]) -> None:
        self.http, self.ledger, self.index = http, DynamoDBLedger(table), DynamoDBIndex(table)
        self.workspace_id, self.api_key = workspace

    def length(self) -> int:
        newest = self.ledger.newest(self.workspace_id)
        return newest.last_sequence if newest else 0

    def grow_to(self, length: int) -> None:
        """Send events until the chain has this length, and wait until it has."""
        while (missing := length - self.length()) > 0:
            sent = 0
            while sent < missing:
                batch = min(BATCH, missing - sent)
                send_until_accepted(
                    self.http, self.api_key, [{"actor_id": "a", "action": "b"}] * batch
                )
                sent += batch
            wait_until(f"{length} events chained", lambda: self.length() >= length)

    def complete_block(self, end: int) -> None:
        """Chain a block's last event, and one more in a segment of its own.

        The stream names a segment's first sequence only, so the next segment completes a block.
        """
        self.grow_to(end)
        self.grow_to(end + 1)

    def await_block(self, block: int) -> None:
        wait_until(
            f"block {block} indexed",
            lambda: self.index.newest_directory(self.workspace_id) == block,
        )


@contextmanager
def indexer_stopped(stack: Stack) -> Iterator[None]:
    """Stop reading the stream while the block runs, and continue there afterwards."""
    functions = root_session().client("lambda", endpoint_url=stack.endpoint_url)
    found = functions.list_event_source_mappings(FunctionName=stack.functions["indexer"])
    [mapping] = found["EventSourceMappings"]
    functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
    try:
        yield
    finally:
        functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=True)


def test_segments_chained_after_a_restart_reach_the_indexer(
    http: httpx.Client, table: Table, new_workspace: Workspaces
) -> None:
    chain = Chain(http, table, new_workspace())
    chain.complete_block(END_OF_BLOCK_1)
    chain.await_block(0)
    chain.grow_to(END_OF_BLOCK_2 - BATCH)

    emulator.restart()
    chain.complete_block(END_OF_BLOCK_2)

    chain.await_block(1)


def test_segments_unread_before_a_restart_reach_the_indexer_afterwards(
    stack: Stack, http: httpx.Client, table: Table, new_workspace: Workspaces
) -> None:
    chain = Chain(http, table, new_workspace())
    with indexer_stopped(stack):
        chain.complete_block(END_OF_BLOCK_1)
        emulator.restart()

    chain.await_block(0)
