"""Query: lists, fetches and verifies events. It reads and never writes."""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from aws_lambda_powertools.logging import correlation_paths
from aws_lambda_powertools.metrics import MetricUnit
from indelible.accounts.keys import READ, ApiKey
from indelible.aws.api_keys import DynamoDBKeys
from indelible.aws.clients import dynamodb_client, secretsmanager_client
from indelible.aws.index import DynamoDBIndex
from indelible.aws.ledger import DynamoDBLedger
from indelible.aws.table import Table
from indelible.errors import NotFound
from indelible.filters import read_filters
from indelible.index.directory import Directory
from indelible.reading.budget import SECONDS, Budget
from indelible.reading.event_view import OpenSegment
from indelible.reading.listing import Position, list_events
from indelible.reading.lookup import find_event
from indelible.reading.metered import Meter, metered
from indelible.reading.read_limit import ReadLimit
from indelible.reading.reader import Reader
from indelible.reading.verification import VerifiedUpTo, public_findings, verify_range
from indelible.runtime.observability import observe
from indelible.runtime.secrets import SigningSecret
from indelible.web.answers import json_answer
from indelible.web.api import authorize, new_api, query_parameters, received_at
from indelible.web.cursor import read_cursor, write_cursor
from indelible.web.parameters import refuse_others, take_flag, take_limit

if TYPE_CHECKING:
    from aws_lambda_powertools.event_handler import Response
    from aws_lambda_powertools.utilities.typing import LambdaContext

Place = TypeVar("Place", Position, VerifiedUpTo)

logger, metrics, tracer = observe()
table = Table(dynamodb_client(), os.environ["TABLE_NAME"])
keys = DynamoDBKeys(table)
secret = SigningSecret(secretsmanager_client(), os.environ["SIGNING_SECRET_ARN"])
reader = Reader(DynamoDBLedger(table), DynamoDBIndex(table), Directory())
read_limit = ReadLimit()
app = new_api(logger, metrics)


# What is loaded by now stays: the garbage collector need not look through it again and again.
gc.freeze()


@app.get("/v1/events")
def get_events() -> Response[str]:
    """A page of events, newest first."""
    key = authorize(app, logger, keys, READ)
    asked = query_parameters(app)
    limit = take_limit(asked, otherwise=25, at_most=100)
    cursor = asked.pop("cursor", None)
    filters = read_filters(asked)
    question = ["events", key.workspace_id, filters.as_json()]
    position = position_at(cursor, question, Position)
    with reading(key) as (allowed, budget):
        page = list_events(allowed, key.workspace_id, filters, limit, position, budget)
    metrics.add_metric("EventsListed", MetricUnit.Count, len(page.events))
    if page.lag.is_behind(time.time_ns() // 1_000):
        behind = {"workspace_id": key.workspace_id, "records": page.lag.records}
        metrics.add_metric("IndexBehind", MetricUnit.Count, page.lag.records)
        logger.warning("index behind", extra=behind)
    return json_answer(
        200,
        {
            "data": page.events,
            "pagination": {
                "has_more": page.next is not None,
                "next_cursor": cursor_to(page.next, question),
                "total": page.total,
            },
        },
    )


@app.get("/v1/events/<event_id>")
def get_event(event_id: str) -> Response[str]:
    """One event, with its proof if asked for."""
    key = authorize(app, logger, keys, READ)
    asked = query_parameters(app)
    with_proof = take_flag(asked, "proof")
    refuse_others(asked)
    with reading(key) as (allowed, _):
        found = find_event(allowed, key.workspace_id, event_id)
    if found is None:
        raise NotFound("The workspace has no event with this id; it may not be chained yet.")
    metrics.add_metric("EventsFetched", MetricUnit.Count, 1)
    opened = OpenSegment(found.segment)
    event = opened.event(found.sequence)
    return json_answer(
        200, {"data": event | {"proof": opened.proof(found.sequence)} if with_proof else event}
    )


@app.get("/v1/verify")
def get_verify() -> Response[str]:
    """Recompute a part of the chain."""
    key = authorize(app, logger, keys, READ)
    asked = query_parameters(app)
    limit = take_limit(asked, otherwise=10_000, at_most=50_000)
    cursor = asked.pop("cursor", None)
    times = read_filters({name: asked.pop(name) for name in ("from", "to") if name in asked})
    refuse_others(asked)
    question = ["verify", key.workspace_id, times.as_json()]
    position = position_at(cursor, question, VerifiedUpTo)
    between = (times.start, times.end)
    with reading(key) as (allowed, budget):
        found = verify_range(allowed, key.workspace_id, between, limit, position, budget)
    metrics.add_metric("EventsVerified", MetricUnit.Count, found.events)
    metrics.add_metric("BreaksFound", MetricUnit.Count, len(found.breaks))
    return json_answer(200, {"data": public_findings(found, cursor_to(found.next, question))})


def position_at(cursor: str | None, question: object, kind: type[Place]) -> Place | None:
    """Where a cursor goes on with this question; None without one."""
    return None if cursor is None else read_cursor(secret.key(), question, cursor, kind)


def cursor_to(position: Position | VerifiedUpTo | None, question: object) -> str | None:
    """A cursor to where this question goes on, if it does."""
    return None if position is None else write_cursor(secret.key(), question, position)


@contextmanager
def reading(key: ApiKey) -> Iterator[tuple[Reader, Budget]]:
    """A reader and a budget for this request, which count for the workspace even if it fails.

    RateLimited when the workspace has read as much as it may in this minute.
    """
    now, deadline = received_at(app), time.monotonic() + SECONDS
    read_limit.admit(key.workspace_id, key.policy.limits.requests_per_minute, now)
    meter, budget = Meter(), Budget(lambda: deadline - time.monotonic())
    try:
        yield metered(reader, meter), budget
    finally:
        read_limit.charge(key.workspace_id, max(meter.stored_bytes, budget.spent), now)


@logger.inject_lambda_context(
    correlation_id_path=correlation_paths.API_GATEWAY_REST, clear_state=True
)
@tracer.capture_lambda_handler(capture_response=False)
@metrics.log_metrics(capture_cold_start_metric=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """The Lambda entry point."""
    return app.resolve(event, context)
