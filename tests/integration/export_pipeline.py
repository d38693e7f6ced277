"""Exports in one process: both handlers over the same table, queue and bucket."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import httpx
from indelible.accounts.keys import SCOPES
from indelible.accounts.workspace import Policy
from indelible.aws.ledger import DynamoDBLedger
from indelible.aws.table import Table
from indelible.chain.fields import QueuedEvent
from indelible.chain.hashes import EMPTY
from indelible.writing.build_segment import build_segment
from support.builders import NOON, SECOND, a_queued_event, counted_entropy
from support.gateway import api_event
from support.handlers import LambdaContext, sqs_event, sqs_record
from support.pipeline import Answer, Caller, answer_of, new_caller, now, take_all

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient


@dataclass
class ExportPipeline:
    """Table, queue, bucket and handlers."""

    table: Table
    sqs: SQSClient
    queue_url: str
    s3: S3Client
    bucket: str
    exports: ModuleType
    exporter: ModuleType

    def new_caller(
        self, *, events: int = 0, policy: Policy | None = None, scopes: Sequence[str] = SCOPES
    ) -> Caller:
        """A new workspace with so many events, one a second from noon on, and a key to it."""
        caller = new_caller(self.table, policy, scopes)
        chained = [a_queued_event(n, NOON + n * SECOND) for n in range(1, events + 1)]
        self.chain(caller.workspace_id, chained)
        return caller

    def chain(self, workspace_id: str, events: list[QueuedEvent]) -> None:
        """Put a chain of these events into the table."""
        ledger, entropy, head = DynamoDBLedger(self.table), counted_entropy(), EMPTY
        while events:
            segment = build_segment(workspace_id, head, events, entropy)
            ledger.append(segment)
            head, events = segment.head, events[segment.count :]

    def send(
        self,
        caller: Caller | None,
        method: str,
        path: str,
        *,
        body: str | None = None,
        query: Sequence[tuple[str, str]] = (),
        at: int | None = None,
    ) -> Answer:
        """Send a request; an empty body of the response becomes null."""
        headers = [("Authorization", f"Bearer {caller.key}")] if caller else []
        event = api_event(
            body, headers, path=path, method=method, query=query, received_at=at or now()
        )
        return answer_of(self.exports, event)

    def post(self, caller: Caller, requested: object, at: int | None = None) -> Answer:
        """Request an export."""
        return self.send(caller, "POST", "/v1/exports", body=json.dumps(requested), at=at)

    def start(self, caller: Caller, requested: object = None) -> str:
        """The id of a new export."""
        answer = self.post(caller, requested or {})
        assert answer.status == 202, answer
        export_id: str = answer.json["data"]["id"]
        return export_id

    def finished(self, caller: Caller, requested: object = None) -> str:
        """The id of an export that is completed."""
        export_id = self.start(caller, requested)
        self.finish()
        return export_id

    def get(self, caller: Caller, export_id: str, at: int | None = None) -> Answer:
        """The state of an export."""
        return self.send(caller, "GET", f"/v1/exports/{export_id}", at=at)

    def link(self, caller: Caller, export_id: str) -> str:
        """The download link of a completed export."""
        link: str = self.get(caller, export_id).json["data"]["download_url"]
        return link

    def follow(self, url: str, at: int | None = None) -> Answer:
        """Open a download link, without a key."""
        parts = urlsplit(url)
        query = parse_qsl(parts.query, keep_blank_values=True)
        return self.send(None, "GET", parts.path.removeprefix("/api"), query=query, at=at)

    def download(self, caller: Caller, export_id: str) -> httpx.Response:
        """The bytes a client gets by following the export's link."""
        [location] = self.follow(self.link(caller, export_id)).headers["location"]
        key = urlsplit(location).path.removeprefix("/")
        stored = self.s3.get_object(Bucket=self.bucket, Key=key.removeprefix(f"{self.bucket}/"))
        return httpx.Response(
            200, content=stored["Body"].read(), headers={"Content-Type": stored["ContentType"]}
        )

    def take(self) -> list[dict[str, Any]]:
        """Empty the queue; return its messages, as Lambda passes them to the exporter."""
        return [sqs_record(message) for message in take_all(self.sqs, self.queue_url)]

    def step(self, record: Mapping[str, Any], *, seconds: float = 300.0) -> list[str]:
        """Deliver a message to the exporter; returns the ids of failed messages."""
        answer = self.exporter.handler(sqs_event([record]), LambdaContext(seconds))
        return [each["itemIdentifier"] for each in answer["batchItemFailures"]]

    def finish(self) -> int:
        """Deliver messages until none are left; returns how many there were."""
        steps = 0
        while records := self.take():
            for record in records:
                assert self.step(record) == []
                steps += 1
        return steps
