"""Ingest: HTTP to queue."""

from __future__ import annotations

import gc
import os
from collections import Counter
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.logging import correlation_paths
from aws_lambda_powertools.metrics import MetricUnit
from indelible.accounts.keys import WRITE, ApiKey
from indelible.aws.api_keys import DynamoDBKeys
from indelible.aws.claims import DynamoDBClaims
from indelible.aws.clients import dynamodb_client, sqs_client
from indelible.aws.queue import SQSQueue
from indelible.aws.table import Table
from indelible.aws.usage import DynamoDBUsage
from indelible.ingest.receipt import EventsRefused, Receipt, Status
from indelible.ingest.submit import Desk, Submission, batch_of, submit
from indelible.message import MAX_CORRELATION_ID
from indelible.runtime.observability import observe
from indelible.web.answers import json_answer
from indelible.web.api import authorize, new_api, read_request, received_at

if TYPE_CHECKING:
    from aws_lambda_powertools.event_handler import Response
    from aws_lambda_powertools.utilities.typing import LambdaContext

logger, metrics, tracer = observe()
table = Table(dynamodb_client(), os.environ["TABLE_NAME"])
keys = DynamoDBKeys(table)
desk = Desk(
    claims=DynamoDBClaims(table),
    usage=DynamoDBUsage(table),
    queue=SQSQueue(sqs_client(), os.environ["QUEUE_URL"]),
    entropy=os.urandom,
)
app = new_api(logger, metrics)


# What is loaded by now stays: the garbage collector need not look through it again and again.
gc.freeze()


@app.post("/v1/events/batch")
def post_batch() -> Response[str]:
    """Accept 1 to 100 events."""
    key = authorize(app, logger, keys, WRITE)
    receipts = accept(key, batch_of(read_request(app)))
    return json_answer(202, {"events": [receipt.as_json() for receipt in receipts]})


@app.post("/v1/events")
def post_event() -> Response[str]:
    """Accept one event."""
    key = authorize(app, logger, keys, WRITE)
    [receipt] = accept(key, [read_request(app)])
    return json_answer(202, receipt.as_json())


def accept(key: ApiKey, events: list[object]) -> list[Receipt]:
    """Submit the events, and count what became of them."""
    context = app.current_event.request_context
    submission = Submission(
        workspace_id=key.workspace_id,
        limits=key.policy.limits,
        received_at=received_at(app),
        correlation_id=context.request_id[:MAX_CORRELATION_ID],
        events=events,
    )
    try:
        receipts = submit(desk, submission)
    except EventsRefused as refused:
        count_conflicts(refused.receipts)
        raise
    count_conflicts(receipts)
    counts = Counter(receipt.status for receipt in receipts)
    for status in Status:
        metrics.add_metric(f"Events{status.title()}", MetricUnit.Count, counts[status])
    logger.info("accepted", extra={status.value: counts[status] for status in Status})
    return receipts


def count_conflicts(receipts: list[Receipt]) -> None:
    """Count the events that were refused because their key stands for another event."""
    conflicts = sum(receipt.conflicts_with is not None for receipt in receipts)
    metrics.add_metric("IdempotencyConflicts", MetricUnit.Count, conflicts)


@logger.inject_lambda_context(
    correlation_id_path=correlation_paths.API_GATEWAY_REST, clear_state=True
)
@tracer.capture_lambda_handler(capture_response=False)
@metrics.log_metrics(capture_cold_start_metric=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """The Lambda entry point."""
    return app.resolve(event, context)
