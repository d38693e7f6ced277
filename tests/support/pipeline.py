"""The pipeline in one process: ingest, writer and query over the same table and queues."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Any, cast

from indelible.accounts.keys import SCOPES
from indelible.accounts.workspace import Policy
from indelible.aws.api_keys import create_key
from indelible.aws.ledger import DynamoDBLedger
from indelible.aws.table import Table
from indelible.aws.workspaces import create_workspace
from indelible.chain.segment import read_records
from indelible.verifying.segments import verify

from support.gateway import Headers, api_event
from support.handlers import LambdaContext, sqs_event, sqs_record

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

BATCH, SINGLE = "/v1/events/batch", "/v1/events"


def now() -> int:
    """Microseconds since 1970, in whole milliseconds, as API Gateway has them."""
    return time.time_ns() // 1_000_000 * 1_000


@dataclass(frozen=True)
class Caller:
    """A client: its workspace and its API key."""

    workspace_id: str
    key: str


@dataclass(frozen=True)
class Answer:
    """An HTTP response as a client receives it. `json` is null unless the body is JSON."""

    status: int
    json: dict[str, Any]
    headers: dict[str, list[str]]
    text: str = ""

    @property
    def receipts(self) -> list[dict[str, Any]]:
        """An entry per submitted event."""
        receipts: list[dict[str, Any]] = self.json["events"]
        return receipts

    @property
    def ids(self) -> list[str]:
        """The event ids of the receipts."""
        return [receipt["id"] for receipt in self.receipts]

    @property
    def statuses(self) -> list[str]:
        """The statuses of the receipts."""
        return [receipt["status"] for receipt in self.receipts]


@dataclass(frozen=True)
class DeadLetter:
    """A message in the dead-letter queue."""

    group: str
    workspace_id: str
    body: str
    reason: str


def new_caller(
    table: Table, policy: Policy | None = None, scopes: Sequence[str] = SCOPES
) -> Caller:
    """A new workspace and a key to it."""
    workspace = create_workspace(table, "A workspace", policy or Policy(), now())
    key = create_key(table, workspace.id, "a key", frozenset(scopes), now())
    return Caller(workspace.id, key)


def clients_of(ingest: ModuleType) -> tuple[Any, Any, Any]:
    """The clients of ingest: for the table, for inserts into it, and for the queue."""
    return ingest.table.client, ingest.inserts.client, ingest.services.queue._client


def client_for(ingest: ModuleType, operation: str) -> Any:
    """The client with which ingest makes a call."""
    table, inserts, queue = clients_of(ingest)
    return {"BatchExecuteStatement": inserts, "SendMessage": queue}.get(operation, table)


def answer_of(function: ModuleType, event: dict[str, Any]) -> Answer:
    """Invoke a function as API Gateway does; an empty body is null."""
    answer = function.handler(event, LambdaContext())
    lowered = {name.lower(): value for name, value in answer["multiValueHeaders"].items()}
    text = answer["body"] or ""
    is_json = lowered.get("content-type") == ["application/json"]
    value = json.loads(text) if text and is_json else None
    return Answer(answer["statusCode"], cast("dict[str, Any]", value), lowered, text)


def take_all(sqs: SQSClient, url: str) -> list[MessageTypeDef]:
    """Empty a queue; return its messages in order."""
    taken: list[MessageTypeDef] = []
    while True:
        answer = sqs.receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=10,
            MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        if not answer.get("Messages"):
            return taken
        for message in answer["Messages"]:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        taken += answer["Messages"]


@dataclass
class Pipeline:
    """Table, queues and handlers."""

    table: Table
    sqs: SQSClient
    queue_url: str
    dead_letter_url: str
    ingest: ModuleType
    writer: ModuleType
    query: ModuleType

    def new_caller(self, policy: Policy | None = None, scopes: Sequence[str] = SCOPES) -> Caller:
        """A new workspace and a key to it."""
        return new_caller(self.table, policy, scopes)

    def post(
        self,
        caller: Caller,
        value: object,
        *,
        path: str = BATCH,
        at: int | None = None,
        request_id: str = "request-1",
    ) -> Answer:
        """POST a JSON value with the caller's key."""
        return self.send(json.dumps(value), caller=caller, path=path, at=at, request_id=request_id)

    def post_events(self, caller: Caller, *events: object, at: int | None = None) -> Answer:
        """POST a batch."""
        return self.post(caller, {"events": list(events)}, at=at)

    def send(
        self,
        body: str | None,
        *,
        caller: Caller | None = None,
        headers: Headers = (),
        at: int | None = None,
        function: ModuleType | None = None,
        **request: Any,
    ) -> Answer:
        """A request with exactly this body, and these headers besides the caller's key.

        It goes to ingest, unless another function is named.
        """
        sent = [("Content-Type", "application/json"), *headers]
        if caller:
            sent.append(("Authorization", f"Bearer {caller.key}"))
        received_at = now() if at is None else at
        event = api_event(body, sent, received_at=received_at, **request)
        return answer_of(function or self.ingest, event)

    def get(self, caller: Caller, path: str, **parameters: object) -> Answer:
        """GET a path of the query function; a parameter `from_` is sent as `from`.

        A parameter with a list is repeated.
        """
        query = [
            (name.rstrip("_"), str(each))
            for name, value in parameters.items()
            for each in (value if isinstance(value, list) else [value])
        ]
        return self.send(
            None, caller=caller, function=self.query, method="GET", path=path, query=query
        )

    def take_messages(self) -> list[dict[str, Any]]:
        """Empty the queue; return its messages in order, as Lambda passes them to the writer."""
        return [sqs_record(message) for message in take_all(self.sqs, self.queue_url)]

    def take_dead_letters(self) -> list[DeadLetter]:
        """Empty the dead-letter queue; return its messages."""
        return [
            DeadLetter(
                message["Attributes"]["MessageGroupId"],
                message["MessageAttributes"]["workspace_id"]["StringValue"],
                message["Body"],
                message["MessageAttributes"]["reason"]["StringValue"],
            )
            for message in take_all(self.sqs, self.dead_letter_url)
        ]

    def write(
        self,
        records: Sequence[Mapping[str, Any]],
        *,
        writer: ModuleType | None = None,
        seconds: float = 20.0,
    ) -> list[str]:
        """Deliver messages to the writer; return the ids of those that failed."""
        answer = (writer or self.writer).handler(sqs_event(records), LambdaContext(seconds))
        return [each["itemIdentifier"] for each in answer["batchItemFailures"]]

    def drain(self) -> None:
        """Chain everything on the queue."""
        assert self.write(self.take_messages()) == []

    def post_and_chain(self, caller: Caller, *events: object) -> list[str]:
        """POST a batch and chain it; return the ids of its events."""
        ids = self.post_events(caller, *events).ids
        self.drain()
        return ids

    def chain(self, workspace_id: str) -> list[dict[str, Any]]:
        """Verify a chain and return its records."""
        segments = list(DynamoDBLedger(self.table).ascending(workspace_id, 1))
        breaks = [each for step in verify(workspace_id, segments) for each in step.breaks]
        assert breaks == []
        return [json.loads(record) for each in segments for record in read_records(each)]

    def chained_ids(self, workspace_id: str) -> list[str]:
        """The event ids of a chain, in order."""
        return [record["id"] for record in self.chain(workspace_id)]
