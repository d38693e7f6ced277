"""Query: lists, fetches, counts and verifies events, and makes viewer tokens. It never writes."""

from __future__ import annotations

import os
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.metrics import MetricUnit
from indelible.accounts.caller import Caller
from indelible.accounts.keys import READ, VIEWER
from indelible.aws.api_keys import DynamoDBKeys
from indelible.aws.clients import (
    prompt_dynamodb_client,
    prompt_s3_client,
    prompt_secretsmanager_client,
)
from indelible.aws.index import DynamoDBIndex
from indelible.aws.ledger import DynamoDBLedger
from indelible.aws.published_log import PublishedLog, published_log
from indelible.aws.signing_secret import SigningSecret
from indelible.aws.table import Table
from indelible.aws.token_secret import TokenSecret
from indelible.errors import CheckpointsOff, InternalError, Unreadable
from indelible.index.directory import Directory
from indelible.proving.page_proof import PageProof
from indelible.proving.verification_answer import verification_answer
from indelible.reading.access import allow_reading, find_visible_event
from indelible.reading.budget import Budget
from indelible.reading.listing import list_events
from indelible.reading.metered import in_time
from indelible.reading.read_limit import CallersLimit
from indelible.reading.reader import Reader
from indelible.reading.summary import summarize
from indelible.reading.verification import verify_range
from indelible.runtime.clock import now
from indelible.runtime.function import entry_point, read_settings
from indelible.runtime.observability import observe
from indelible.web.api import (
    CORRELATION_ID_PATH,
    api_id,
    authorize,
    new_api,
    path_parameter,
    query_parameters,
    read_request,
    received_at,
    repeated_parameter,
    respond,
)
from indelible.web.page_view import public_page
from indelible.web.parameters import (
    read_list_request,
    read_summary_request,
    read_verify_request,
    refuse_others,
    take_flag,
)
from indelible.web.responses import json_response
from indelible.web.viewer_token import read_token_request, token_answer

if TYPE_CHECKING:
    from aws_lambda_powertools.event_handler import Response
    from aws_lambda_powertools.utilities.typing import LambdaContext
    from indelible.reading.event_page import EventPage


@dataclass(frozen=True, slots=True)
class Settings:
    """The variables of the environment."""

    table_name: str
    signing_secret_arn: str
    token_secret_arn: str
    checkpoint_bucket: str = ""
    state_bucket: str = ""


settings = read_settings(Settings, os.environ)
logger, metrics, tracer = observe()
table = Table(prompt_dynamodb_client(), settings.table_name)
keys = DynamoDBKeys(table)
secrets = prompt_secretsmanager_client()
secret = SigningSecret(secrets, settings.signing_secret_arn)
tokens = TokenSecret(secrets, settings.token_secret_arn)
log: PublishedLog | None = None
"""None if checkpoints are off."""
if settings.checkpoint_bucket:
    s3 = prompt_s3_client()
    log = published_log(table, s3, settings.checkpoint_bucket, settings.state_bucket)
reader = Reader(DynamoDBLedger(table), DynamoDBIndex(table), Directory())
read_limit = CallersLimit()
app = new_api(logger, metrics)


@app.get("/v1/events")
def get_events() -> Response[str]:
    """A page of events, newest first or oldest first."""
    since = time.monotonic()
    caller = authorize(app, logger, keys, READ, tokens)
    parameters = query_parameters(app, leave_out="action")
    actions = repeated_parameter(app, "action")
    request = read_list_request(caller, parameters, secret.key, actions)
    with reading(caller, since) as (allowed, budget):
        page = list_events(
            allowed,
            caller.workspace_id,
            request.filters,
            request.limit,
            request.position,
            budget,
            request.order,
            with_records=request.with_proof,
        )
        proof = prove(allowed, budget, caller, page) if request.with_proof else None
    if proof:
        page = page.shortened(len(proof.records))
    metrics.add_metric("EventsListed", MetricUnit.Count, len(page.events))
    if page.lag.is_behind(now()):
        metrics.add_metric("IndexBehind", MetricUnit.Count, page.lag.records)
        behind = {"workspace_id": caller.workspace_id, "records": page.lag.records}
        logger.warning("index behind", extra=behind)
    shown = public_page(page, request, secret.key, proof)
    return json_response(200, shown | damage(sorted(page.damaged)))


def prove(allowed: Reader, budget: Budget, caller: Caller, page: EventPage) -> PageProof:
    """The proof of a page, or why there is none. Logs and counts what is damaged."""
    if log is None:
        return PageProof(page.records, reason=CheckpointsOff())
    received, workspace_id = received_at(app), caller.workspace_id
    proof = log.prove(allowed.ledger, workspace_id, page.records, received, budget.count)
    if proof.fault:
        name = "RequestsFailed" if isinstance(proof.fault, InternalError) else "BreaksFound"
        metrics.add_metric(name, MetricUnit.Count, 1)
        logger.error("page not proved", extra={"cause": str(proof.fault)})
    return proof


@app.get("/v1/summary")
def get_summary() -> Response[str]:
    """The events of each day, and the most frequent actions."""
    since = time.monotonic()
    caller = authorize(app, logger, keys, READ, tokens)
    parameters = query_parameters(app, leave_out="action")
    filters, days = read_summary_request(caller, parameters, repeated_parameter(app, "action"))
    with reading(caller, since) as (allowed, budget):
        found = summarize(allowed, caller.workspace_id, filters, days, received_at(app), budget)
    metrics.add_metric("EventsCounted", MetricUnit.Count, found.newest)
    return json_response(200, {"data": found.as_json})


@app.get("/v1/events/{event_id}")
def get_event() -> Response[str]:
    """One event, with its proof if the request has `proof=true`."""
    since = time.monotonic()
    caller = authorize(app, logger, keys, READ, tokens)
    parameters = query_parameters(app)
    with_proof = take_flag(parameters, "proof")
    refuse_others(parameters)
    event_id = path_parameter(app, "event_id")
    with reading(caller, since) as (allowed, budget):
        opened, sequence = find_visible_event(in_time(allowed, budget), caller, event_id)
        event = opened.event(sequence)
    metrics.add_metric("EventsFetched", MetricUnit.Count, 1)
    if with_proof:
        event["proof"] = opened.proof(sequence)
    damaged = [] if opened.is_intact else [opened.segment.first_sequence]
    return json_response(200, {"data": event, **damage(damaged)})


@app.get("/v1/verify")
def get_verify() -> Response[str]:
    """The result of verifying a part of the chain."""
    since = time.monotonic()
    caller = authorize(app, logger, keys, READ, tokens)
    request = read_verify_request(caller, query_parameters(app), secret.key)
    times = (request.filters.start, request.filters.end)
    with reading(caller, since) as (allowed, budget):
        standing = log.standing(caller.workspace_id, received_at(app)) if log else None
        found = verify_range(
            allowed,
            caller.workspace_id,
            times,
            request.limit,
            request.position,
            budget,
            standing.covered_head if standing else None,
        )
    metrics.add_metric("EventsVerified", MetricUnit.Count, found.events)
    metrics.add_metric("BreaksFound", MetricUnit.Count, len(found.breaks))
    if found.breaks:
        logger.error("chain broken", extra={"types": sorted({each.type for each in found.breaks})})
    next_cursor = request.next_cursor(found.next, secret.key)
    sees_all = not caller.forced_filters
    data = verification_answer(found, next_cursor, standing, with_content=sees_all)
    return json_response(200, {"data": data})


@app.post("/v1/viewer-token")
def post_viewer_token() -> Response[str]:
    """A token with which a browser reads the events of a tenant or an actor, and no others."""
    caller = authorize(app, logger, keys, VIEWER)
    read_limit.admit(caller, received_at(app))
    token = read_token_request(caller, read_request(app), received_at(app), os.urandom)
    answer = token_answer(token, api_id(app), tokens.present())
    metrics.add_metric("ViewerTokensMade", MetricUnit.Count, 1)
    logger.info("viewer token made", extra={"token_id": token.id})
    return json_response(200, answer)


@app.get("/v1/health")
def get_health() -> Response[str]:
    """Whether requests reach this function. Needs no key, and calls no service."""
    return json_response(200, {"status": "ok"})


@contextmanager
def reading(caller: Caller, since: float) -> Iterator[tuple[Reader, Budget]]:
    """The reader and the budget of the request, which are charged to its workspace.

    The request began at `since`, in seconds of `time.monotonic`. Logs the request when it has read
    what it needs. What cannot be read counts as a break.
    """
    try:
        with allow_reading(
            reader, read_limit, caller, received_at(app), time.monotonic, since
        ) as allowed:
            yield allowed
    except Unreadable:
        metrics.add_metric("BreaksFound", MetricUnit.Count, 1)
        raise
    logger.info("accepted")


def damage(segments: Collection[int]) -> dict[str, object]:
    """What the response says beside its data when some of it is from damaged segments.

    Logs and counts these segments, which are given by their first sequences.
    """
    if not segments:
        return {}
    metrics.add_metric("BreaksFound", MetricUnit.Count, len(segments))
    logger.error("chain damaged", extra={"segments": segments})
    return {"damaged": True}


@entry_point(logger, metrics, tracer, CORRELATION_ID_PATH)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """The Lambda entry point."""
    return respond(app, logger, event, context)
