"""Indelible among the designs: the real handlers of ingest and writer."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from indelible.accounts.keys import SCOPES
from indelible.accounts.limits import (
    MAX_BYTES_PER_MINUTE,
    MAX_EVENTS_PER_MONTH,
    MAX_REPEATS_PER_MINUTE,
    MAX_REQUESTS_PER_MINUTE,
    Limits,
)
from indelible.accounts.workspace import Policy
from indelible.aws.api_keys import create_key
from indelible.aws.ledger import DynamoDBLedger
from indelible.aws.table import Table
from indelible.aws.workspaces import create_workspace
from indelible.runtime.clock import now
from indelible.verifying.segments import verify

from ..baselines.shared import BrokenChain, Refused, Workspace
from ..handlers import Context, Event, Handler, invocation, load

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

UNLIMITED = Policy(
    Limits(
        MAX_REQUESTS_PER_MINUTE,
        MAX_EVENTS_PER_MONTH,
        MAX_BYTES_PER_MINUTE,
        MAX_REPEATS_PER_MINUTE,
    )
)


@dataclass
class Indelible:
    """Its functions. With `request_keys`, each request has an `Idempotency-Key` of its own."""

    dynamodb: DynamoDBClient
    table: str
    request_keys: bool = False

    def __post_init__(self) -> None:
        self._table = Table(self.dynamodb, self.table)
        self._ingest: Handler = load("ingest")
        self.deliver: Handler = load("writer")

    def add_workspace(self) -> Workspace:
        """Make a workspace with a key."""
        made = create_workspace(self._table, "compared", UNLIMITED, now())
        return Workspace(
            made.id, create_key(self._table, made.id, "bench", frozenset(SCOPES), now())
        )

    def post(self, secret: str, body: bytes) -> None:
        """Accept a batch of events. Raises Refused."""
        answer = self._ingest(self._request(secret, body), Context())
        if answer["statusCode"] != 202:
            raise Refused(answer["body"])
        statuses = {each["status"] for each in json.loads(answer["body"])["events"]}
        if statuses != {"queued"}:
            raise Refused(f"the events are {statuses}")

    def _request(self, secret: str, body: bytes) -> Event:
        made = invocation("POST", "/v1/events/batch", body=body.decode())
        added = {"Authorization": f"Bearer {secret}"}
        if self.request_keys:
            added["Idempotency-Key"] = secrets.token_hex(16)
        made["headers"] |= added
        made["multiValueHeaders"] |= {name: [value] for name, value in added.items()}
        return made

    def check(self, workspace_id: str) -> int:
        """Verify the workspace's chain and return its length. Raises BrokenChain."""
        segments = list(DynamoDBLedger(self._table).ascending(workspace_id, 1))
        breaks = [each for step in verify(workspace_id, segments) for each in step.breaks]
        if breaks:
            raise BrokenChain(str(breaks[0]))
        return sum(segment.count for segment in segments)
