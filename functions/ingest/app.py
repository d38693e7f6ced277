"""Ingest: HTTP to queue."""

from __future__ import annotations

import gc
import os
from collections import Counter
from typing import TYPE_CHECKING, Any

from answers import batch_answer, error_answer, json_answer
from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.logging import correlation_paths
from aws_lambda_powertools.metrics import MetricUnit
from indelible.aws.claims import DynamoDBClaims
from indelible.aws.clients import dynamodb_client, sqs_client
from indelible.aws.keys import DynamoDBKeys
from indelible.aws.queue import SQSQueue
from indelible.aws.table import Table
from indelible.aws.usage import DynamoDBUsage
from indelible.errors import Forbidden, IndelibleError
from indelible.receipt import Receipt, Status
from indelible.request import Headers, batch_of, bearer_token, read_body
from indelible.submit import Desk, Submission, submit
from indelible.workspace import WRITE, ApiKey, check_key, prefix_of
from observability import logger, metrics, tracer

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

table = Table(dynamodb_client(), os.environ["TABLE_NAME"])
keys = DynamoDBKeys(table)
desk = Desk(
    claims=DynamoDBClaims(table),
    usage=DynamoDBUsage(table),
    queue=SQSQueue(sqs_client(), os.environ["QUEUE_URL"]),
    entropy=os.urandom,
)
app = APIGatewayRestResolver()


# What is loaded by now stays: the garbage collector need not look through it again and again.
gc.freeze()


@app.post("/v1/events/batch")
def post_batch() -> Response[str]:
    """Accept 1 to 100 events."""
    key = authorize()
    return batch_answer(accept(key, batch_of(read_request())))


@app.post("/v1/events")
def post_event() -> Response[str]:
    """Accept one event."""
    key = authorize()
    [receipt] = accept(key, [read_request()])
    return json_answer(202, receipt.as_json())


def authorize() -> ApiKey:
    """The caller's key, if it may write from where the request comes."""
    event = app.current_event
    secret = bearer_token(request_headers())
    key = check_key(secret, keys.find(prefix_of(secret)))
    logger.append_keys(workspace_id=key.workspace_id)
    key.policy.admit(event.request_context.identity.source_ip)
    if WRITE not in key.scopes:
        raise Forbidden(f"This API key lacks the scope {WRITE}.")
    return key


def request_headers() -> Headers:
    """All headers as they came; Powertools keeps only one of two that differ in case."""
    headers: Headers = app.current_event.raw_event.get("multiValueHeaders") or {}
    return headers


def read_request() -> object:
    """The JSON value of the request's body."""
    event = app.current_event
    return read_body(event.body, request_headers(), is_base64=bool(event.is_base64_encoded))


def accept(key: ApiKey, events: list[object]) -> list[Receipt]:
    """Submit the events, and count what became of them."""
    context = app.current_event.request_context
    submission = Submission(
        workspace_id=key.workspace_id,
        limits=key.policy.limits,
        received_at=context.request_time_epoch * 1_000,
        correlation_id=context.request_id,
        events=events,
    )
    receipts = submit(desk, submission)
    counts = Counter(receipt.status for receipt in receipts)
    for status in Status:
        metrics.add_metric(f"Events{status.title()}", MetricUnit.Count, counts[status])
    logger.info("accepted", extra={status.value: counts[status] for status in Status})
    return receipts


def refuse(error: IndelibleError) -> Response[str]:
    """Answer an error."""
    metrics.add_metric("RequestsRefused", MetricUnit.Count, 1)
    logger.info("refused", extra={"error": type(error).__name__, "cause": str(error)})
    return error_answer(error)


app.exception_handler(IndelibleError)(refuse)


@app.not_found
def not_found(_: Exception) -> Response[str]:
    """Answer for a path or method that is not there."""
    metrics.add_metric("RequestsRefused", MetricUnit.Count, 1)
    return json_answer(
        404, {"error": "not_found", "message": "POST to /v1/events or /v1/events/batch."}
    )


@logger.inject_lambda_context(
    correlation_id_path=correlation_paths.API_GATEWAY_REST, clear_state=True
)
@tracer.capture_lambda_handler(capture_response=False)
@metrics.log_metrics(capture_cold_start_metric=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """The Lambda entry point."""
    return app.resolve(event, context)
