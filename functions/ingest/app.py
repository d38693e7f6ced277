"""Ingest: accepts events over HTTP and sends them to the queue."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.metrics import MetricUnit
from indelible.accounts.caller import Caller
from indelible.accounts.keys import WRITE
from indelible.aws.api_keys import DynamoDBKeys
from indelible.aws.claims import DynamoDBClaims
from indelible.aws.clients import dynamodb_client, single_try_dynamodb_client, sqs_client
from indelible.aws.queue import SQSQueue
from indelible.aws.table import Table
from indelible.aws.usage import DynamoDBUsage
from indelible.ingest.batch import events_of, give_key, parse_value
from indelible.ingest.plan import Repeatable, RequestConflict, repeatable
from indelible.ingest.receipt import EventsRefused, Receipt, Status
from indelible.ingest.submit import IngestServices, Submission, submit
from indelible.message import MAX_CORRELATION_ID
from indelible.runtime.function import entry_point, read_settings
from indelible.runtime.observability import observe
from indelible.web.api import (
    CORRELATION_ID_PATH,
    authorize,
    correlation_id,
    new_api,
    received_at,
    request_body,
    request_headers,
    respond,
)
from indelible.web.request import idempotency_key, media_type, parse_json
from indelible.web.responses import json_response

if TYPE_CHECKING:
    from aws_lambda_powertools.event_handler import Response
    from aws_lambda_powertools.utilities.typing import LambdaContext


@dataclass(frozen=True, slots=True)
class Settings:
    """The variables of the environment."""

    table_name: str
    queue_url: str


settings = read_settings(Settings, os.environ)
logger, metrics, tracer = observe()
table = Table(dynamodb_client(), settings.table_name)
inserts = Table(single_try_dynamodb_client(), table.name)
keys = DynamoDBKeys(table)
services = IngestServices(
    claims=DynamoDBClaims(table, inserts),
    usage=DynamoDBUsage(table),
    queue=SQSQueue(sqs_client(), settings.queue_url),
    entropy=os.urandom,
)
app = new_api(logger, metrics)


@app.post("/v1/events/batch")
def post_batch() -> Response[str]:
    """Accept 1 to 100 events, or up to 1,000 in an array or in lines."""
    caller = authorize(app, logger, keys, WRITE)
    headers, body = request_headers(app), request_body(app)
    key = idempotency_key(headers)
    events = events_of(body, media_type(headers), parse_json)
    receipts = accept(caller, events, repeatable(key, body) if key else None)
    return json_response(202, {"events": [receipt.as_json() for receipt in receipts]})


@app.post("/v1/events")
def post_event() -> Response[str]:
    """Accept one event."""
    caller = authorize(app, logger, keys, WRITE)
    event = parse_value(request_body(app), parse_json)
    if key := idempotency_key(request_headers(app)):
        give_key(event, key)
    [receipt] = accept(caller, [event])
    return json_response(202, receipt.as_json())


def accept(
    caller: Caller, events: list[object], request: Repeatable | None = None
) -> list[Receipt]:
    """Submit the events. Logs and counts the events by the status of their receipts."""
    submission = Submission(
        workspace_id=caller.workspace_id,
        key_prefix=caller.key_prefix,
        limits=caller.limits,
        received_at=received_at(app),
        correlation_id=correlation_id(app)[:MAX_CORRELATION_ID],
        events=events,
        request=request,
    )
    try:
        receipts = submit(services, submission)
    except EventsRefused as refused:
        count(refused.receipts)
        raise
    except RequestConflict:
        metrics.add_metric("IdempotencyConflicts", MetricUnit.Count, 1)
        raise
    counts = count(receipts)
    logger.info("accepted", extra={status.value: counts[status] for status in Status})
    return receipts


def count(receipts: list[Receipt]) -> Counter[Status]:
    """Count the events by status, and those whose key another event already uses."""
    counts = Counter(receipt.status for receipt in receipts)
    for status in Status:
        metrics.add_metric(f"Events{status.title()}", MetricUnit.Count, counts[status])
    conflicts = sum(receipt.conflicts_with is not None for receipt in receipts)
    metrics.add_metric("IdempotencyConflicts", MetricUnit.Count, conflicts)
    return counts


@entry_point(logger, metrics, tracer, CORRELATION_ID_PATH)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """The Lambda entry point."""
    return respond(app, logger, event, context)
