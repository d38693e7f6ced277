"""The usual serverless design: a message and an item for each event.

A FIFO queue with a group for each workspace, Powertools' batch processor and idempotency, and a
conditional `PutItem`. The last item is the counter, and its hash goes into the next one. It is read
once a delivery, and remembered until the delivery ends or a condition fails. If the function dies
after the put, before Powertools notes that it is done, the event is chained again later.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.utilities.batch import (
    SqsFifoPartialProcessor,
    process_partial_response,
)
from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent_function,
)
from botocore.exceptions import ClientError

from .accounts import Accounts
from .shared import SENT_AT_ONCE, Link, Refused, Workspace, check_links, events_of, link

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
    from aws_lambda_powertools.utilities.typing import LambdaContext
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_sqs import SQSClient


@dataclass
class ItemForEachEvent:
    """Its functions: `post` behind API Gateway, `deliver` behind the queue."""

    dynamodb: DynamoDBClient
    sqs: SQSClient
    queue_url: str
    table: str
    idempotency_table: str
    _heads: dict[str, Link] = field(default_factory=dict)

    def __post_init__(self) -> None:
        store = DynamoDBPersistenceLayer(self.idempotency_table, boto3_client=self.dynamodb)
        self._config = IdempotencyConfig(
            event_key_jmespath="idempotency_key || id", raise_on_no_idempotency_key=True
        )
        self._chain_once = idempotent_function(
            self._chain,
            data_keyword_argument="event",
            persistence_store=store,
            config=self._config,
        )
        self._accounts = Accounts(self.dynamodb, self.table)
        self._processor = SqsFifoPartialProcessor(skip_group_on_error=True)

    def add_workspace(self) -> Workspace:
        """Make a workspace with a key."""
        return self._accounts.add()

    def post(self, secret: str, body: bytes) -> None:
        """Accept a batch of events. Ten messages go out at once, in order."""
        events = events_of(body)
        workspace_id = self._accounts.admit(secret, len(events))
        for start in range(0, len(events), SENT_AT_ONCE):
            answer = self.sqs.send_message_batch(
                QueueUrl=self.queue_url,
                Entries=[
                    {
                        "Id": str(number),
                        "MessageBody": json.dumps(event),
                        "MessageGroupId": workspace_id,
                        "MessageDeduplicationId": event["id"],
                    }
                    for number, event in enumerate(events[start : start + SENT_AT_ONCE])
                ],
            )
            if answer.get("Failed"):
                raise Refused(f"SQS did not take {len(answer['Failed'])} messages")

    def deliver(self, invocation: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
        """Chain the events of up to ten messages; return those that failed."""
        self._heads.clear()
        self._config.register_lambda_context(context)
        answer = process_partial_response(
            event=invocation, record_handler=self._handle, processor=self._processor
        )
        return dict(answer)

    def _handle(self, record: SQSRecord) -> None:
        group = record.attributes.message_group_id
        self._chain_once(event=json.loads(record.body), workspace_id=group)

    def _chain(self, event: dict[str, Any], workspace_id: str) -> None:
        previous = self._heads.get(workspace_id) or self._last(workspace_id)
        made = link(previous, event)
        try:
            self.dynamodb.put_item(
                TableName=self.table,
                Item={
                    "pk": {"S": f"CHAIN#{workspace_id}"},
                    "sk": {"S": f"{made.sequence:016d}"},
                    "record": {"S": made.record},
                    "hash": {"B": made.hash},
                },
                ConditionExpression="attribute_not_exists(pk)",
            )
        except ClientError:
            self._heads.pop(workspace_id, None)
            raise
        self._heads[workspace_id] = made

    def _last(self, workspace_id: str) -> Link | None:
        answer = self.dynamodb.query(
            TableName=self.table,
            KeyConditionExpression="pk = :chain",
            ExpressionAttributeValues={":chain": {"S": f"CHAIN#{workspace_id}"}},
            ConsistentRead=True,
            ScanIndexForward=False,
            Limit=1,
        )
        return next(map(link_of, answer["Items"]), None)

    def check(self, workspace_id: str) -> int:
        """Verify the workspace's chain and return its length."""
        return check_chain(self.dynamodb, self.table, workspace_id)


def check_chain(client: DynamoDBClient, table: str, workspace_id: str) -> int:
    """Verify a chain with an item for each event, and return its length."""
    pages = client.get_paginator("query").paginate(
        TableName=table,
        KeyConditionExpression="pk = :chain",
        ExpressionAttributeValues={":chain": {"S": f"CHAIN#{workspace_id}"}},
        ConsistentRead=True,
    )
    return check_links(link_of(item) for page in pages for item in page["Items"])


def link_of(item: dict[str, Any]) -> Link:
    """A record from its item."""
    return Link(int(item["sk"]["S"]), item["record"]["S"], bytes(item["hash"]["B"]))
