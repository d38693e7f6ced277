"""The target of a load run: the local stack, workspaces made for the run, and their chains."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from indelible.accounts.keys import WRITE
from indelible.accounts.limits import Limits
from indelible.accounts.workspace import Policy
from indelible.aws.api_keys import create_key
from indelible.aws.ledger import DynamoDBLedger
from indelible.aws.table import Table
from indelible.aws.workspaces import create_workspace
from indelible.chain.segment import Damaged, Segment, read_records
from indelible.errors import Unreadable
from indelible.runtime.clock import now
from indelible.verifying.segments import verify

from tools.local.aws import root_session
from tools.local.stack import Stack

from .audit import Audit, Findings
from .traffic import Lane

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.literals import QueueAttributeNameType

_SLOW_REQUESTS_PER_MINUTE = 10
"""Limit of the first workspace, so that a client is answered 429 and has to wait."""


@dataclass(frozen=True, slots=True)
class Target:
    """The stack, and AWS clients with every permission."""

    stack: Stack
    table: Table
    sqs: SQSClient
    functions: LambdaClient

    @property
    def api(self) -> str:
        """The URL that the paths of requests follow."""
        return f"{self.stack.base_url}/api/"

    def let_writer_run(self, enabled: bool) -> None:
        """Enable or disable the writer's event source mapping, as an operator does."""
        [mapping] = self.functions.list_event_source_mappings(
            FunctionName=self.stack.functions["writer"]
        )["EventSourceMappings"]
        self.functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=enabled)

    def waiting(self, queue_url: str) -> int:
        """The number of messages in a queue, including hidden ones."""
        found = self.sqs.get_queue_attributes(
            QueueUrl=queue_url,
            AttributeNames=[
                "ApproximateNumberOfMessages",
                "ApproximateNumberOfMessagesNotVisible",
                "ApproximateNumberOfMessagesDelayed",
            ],
        )
        return sum(int(number) for number in found["Attributes"].values())

    def attribute_of_queue(self, name: QueueAttributeNameType) -> str:
        """An attribute of the queue between ingest and the writer."""
        url = self.stack.queue_url
        return self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[name])["Attributes"][
            name
        ]

    @contextmanager
    def queue_attributes(self, changed: dict[QueueAttributeNameType, str]) -> Iterator[None]:
        """Give that queue these attributes while the block runs."""
        url = self.stack.queue_url
        before = {name: self.attribute_of_queue(name) for name in changed}
        self.sqs.set_queue_attributes(QueueUrl=url, Attributes=changed)
        try:
            yield
        finally:
            self.sqs.set_queue_attributes(QueueUrl=url, Attributes=before)


def connect(stack: Stack) -> Target:
    """The target for this stack."""
    session, endpoint = root_session(), stack.endpoint_url
    return Target(
        stack,
        Table(session.client("dynamodb", endpoint_url=endpoint), stack.table_name),
        session.client("sqs", endpoint_url=endpoint),
        session.client("lambda", endpoint_url=endpoint),
    )


def make_lanes(target: Target, workspaces: int, seed: int) -> list[Lane]:
    """Make workspaces, each with a key. The first may send only a few requests a minute."""
    lanes = []
    for number in range(workspaces):
        slow = number == 0 and workspaces > 1
        limits = Limits(_SLOW_REQUESTS_PER_MINUTE) if slow else Limits()
        lanes.append(make_lane(target, f"load {number}", limits, seed + number))
    return lanes


def make_lane(target: Target, name: str, limits: Limits, seed: int) -> Lane:
    """Make a workspace with these limits, and a key."""
    created_at = now()
    workspace = create_workspace(target.table, name, Policy(limits), created_at)
    secret = create_key(target.table, workspace.id, "load", frozenset({WRITE}), created_at)
    return Lane(workspace.id, secret, Random(seed))


def examine(target: Target, lanes: Iterable[Lane], *, in_order: bool) -> Findings:
    """Verify every chain, and compare it with the events that were sent to its workspace."""
    total = Findings()
    ledger = DynamoDBLedger(target.table)
    for lane in lanes:
        audit = Audit(lane.account, in_order=in_order)
        segments = _seen_by(audit, ledger.stored(lane.workspace_id, 1))
        breaks = sum(len(step.breaks) for step in verify(lane.workspace_id, segments))
        found = audit.close()
        found.breaks = breaks
        total.add(found)
    return total


def _seen_by(audit: Audit, segments: Iterable[Segment | Damaged]) -> Iterator[Segment | Damaged]:
    """Pass the segments on, and show their records to the audit.

    `verify` reports segments that cannot be read.
    """
    for segment in segments:
        yield segment
        if isinstance(segment, Segment):
            try:
                records = read_records(segment)
            except Unreadable:
                continue
            for record in records:
                audit.see(record)
