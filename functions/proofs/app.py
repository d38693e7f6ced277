"""Proofs: returns checkpoint files, proofs of events, the log's keys and anchors. It only reads."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.event_handler import Response, content_types
from aws_lambda_powertools.metrics import MetricUnit
from indelible.accounts.caller import Caller
from indelible.accounts.keys import READ
from indelible.accounts.viewer_token import TokenKeys
from indelible.aws.anchors import DynamoDBAnchors
from indelible.aws.api_keys import DynamoDBKeys
from indelible.aws.clients import (
    prompt_dynamodb_client,
    prompt_s3_client,
    prompt_secretsmanager_client,
)
from indelible.aws.index import DynamoDBIndex
from indelible.aws.ledger import DynamoDBLedger
from indelible.aws.locked_bucket import S3LockedBucket
from indelible.aws.scrub_verdicts import DynamoDBScrubVerdicts
from indelible.aws.state_bucket import S3States
from indelible.aws.table import Table
from indelible.aws.token_secret import TokenSecret
from indelible.aws.turns import DynamoDBTurns
from indelible.aws.witness_list import WitnessList
from indelible.checkpoints.proof_file import SUFFIX
from indelible.errors import Unreadable
from indelible.index.directory import Directory
from indelible.proving.anchors import (
    find_anchor,
    listed_view,
    look_up_anchor,
    public_view,
    verify_anchor,
    whole_view,
)
from indelible.proving.checkpoint_file import make_checkpoint_file
from indelible.proving.consistency import prove_consistency
from indelible.proving.event_proof import prove_event
from indelible.proving.log_keys import KEPT_SECONDS, LogKeys, WitnessKeys
from indelible.proving.newest import NewestRuns
from indelible.reading.access import allow_reading, find_visible_event
from indelible.reading.metered import in_time
from indelible.reading.read_limit import CallersLimit, ReadLimit
from indelible.reading.reader import Reader
from indelible.runtime.function import entry_point, read_settings
from indelible.runtime.observability import observe
from indelible.web.api import (
    CORRELATION_ID_PATH,
    authorize,
    new_api,
    path_parameter,
    query_parameters,
    received_at,
    respond,
)
from indelible.web.parameters import refuse_others, take_limit, take_size
from indelible.web.responses import json_response, text_file_response

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@dataclass(frozen=True, slots=True)
class Settings:
    """The variables of the environment."""

    table_name: str
    checkpoint_bucket: str
    state_bucket: str
    token_secret_arn: str


settings = read_settings(Settings, os.environ)
logger, metrics, tracer = observe()
table = Table(prompt_dynamodb_client(), settings.table_name)
s3 = prompt_s3_client()
keys = DynamoDBKeys(table)
tokens = TokenSecret(prompt_secretsmanager_client(), settings.token_secret_arn)
bucket = S3LockedBucket(s3, settings.checkpoint_bucket)
runs = NewestRuns(bucket, S3States(s3, settings.state_bucket), DynamoDBTurns(table))
reader = Reader(DynamoDBLedger(table), DynamoDBIndex(table), Directory())
anchors, verdicts = DynamoDBAnchors(table), DynamoDBScrubVerdicts(table)
log_keys, witness_keys = LogKeys(bucket), WitnessKeys(WitnessList(table))
read_limit, public_limit = CallersLimit(), ReadLimit(whose="This address")
app = new_api(logger, metrics)

PUBLIC_REQUESTS = 60
"""Requests a minute without an API key from one address, in one environment of the function."""


@app.get("/v1/checkpoint")
def get_checkpoint() -> Response[str]:
    """The checkpoint file of the caller's workspace."""
    caller = admit_caller(tokens)
    refuse_others(query_parameters(app))
    file = make_checkpoint_file(runs.get(received_at(app)), caller.workspace_id)
    metrics.add_metric("CheckpointsRead", MetricUnit.Count, 1)
    logger.info("checkpoint shown", extra={"run": file.note.text.split(b"\n")[1].decode()})
    return text_file_response(f"checkpoint-{file.checkpoint.size}{SUFFIX}", file.encoded.decode())


@app.get("/v1/checkpoint/consistency")
def get_consistency() -> Response[str]:
    """That the log, and the caller's chain in it, have only grown since they had these sizes."""
    since = time.monotonic()
    caller = authorize(app, logger, keys, READ, tokens)
    parameters, now = query_parameters(app), received_at(app)
    log_size, workspace_size = take_size(parameters, "log"), take_size(parameters, "workspace")
    refuse_others(parameters)
    try:
        with allow_reading(reader, read_limit, caller, now, time.monotonic, since) as allowed:
            workspace_id = caller.workspace_id
            answer = prove_consistency(
                runs.reaching(workspace_id, workspace_size, now, log_size),
                bucket,
                in_time(*allowed).ledger,
                workspace_id,
                log_size,
                workspace_size,
            )
    except Unreadable:
        metrics.add_metric("BreaksFound", MetricUnit.Count, 1)
        raise
    metrics.add_metric("CheckpointsRead", MetricUnit.Count, 1)
    logger.info("consistency shown")
    return Response(200, content_types.APPLICATION_JSON, answer.encoded.decode())


@app.get("/v1/events/{event_id}/proof")
def get_proof() -> Response[str]:
    """The proof file of one event."""
    since = time.monotonic()
    caller = authorize(app, logger, keys, READ, tokens)
    refuse_others(query_parameters(app))
    event_id, now = path_parameter(app, "event_id"), received_at(app)
    try:
        with allow_reading(reader, read_limit, caller, now, time.monotonic, since) as allowed:
            timed = in_time(*allowed)
            opened, sequence = find_visible_event(timed, caller, event_id)
            file = prove_event(
                runs,
                bucket,
                timed.ledger,
                caller.workspace_id,
                sequence,
                opened.record(sequence),
                now,
            )
    except Unreadable:
        metrics.add_metric("BreaksFound", MetricUnit.Count, 1)
        raise
    metrics.add_metric("EventsProved", MetricUnit.Count, 1)
    logger.info("proved")
    return text_file_response(f"{event_id}{SUFFIX}", file.encoded.decode())


@app.get("/v1/log-keys")
def get_log_keys() -> Response[str]:
    """The keys of the log and of its witnesses. Needs no API key."""
    admit_anybody()
    refuse_others(query_parameters(app))
    found, witnesses = log_keys.get(received_at(app)), witness_keys.get(received_at(app))
    shown: dict[str, object] = {
        "data": [{"vkey": each.key.text, "first_size": each.first_size} for each in found],
        "witnesses": [{"name": each.name, "vkey": each.text} for each in witnesses],
    }
    return json_response(200, shown, {"Cache-Control": f"public, max-age={KEPT_SECONDS}"})


@app.get("/v1/anchors")
def get_anchors() -> Response[str]:
    """The newest anchors of the caller's workspace, newest first."""
    caller, parameters = admit_caller(), query_parameters(app)
    limit = take_limit(parameters, default=25, maximum=100)
    refuse_others(parameters)
    found = anchors.newest(caller.workspace_id, limit)
    return anchor_response([listed_view(each) for each in found])


@app.get("/v1/anchors/{anchor_id}")
def get_anchor() -> Response[str]:
    """One anchor of the caller's workspace."""
    caller = admit_caller()
    refuse_others(query_parameters(app))
    anchor = find_anchor(anchors, path_parameter(app, "anchor_id"), caller.workspace_id)
    return anchor_response(whole_view(anchor))


@app.get("/v1/anchors/{anchor_id}/verify")
def get_anchor_verification() -> Response[str]:
    """Whether the log has an anchor of the caller's workspace."""
    caller = admit_caller()
    refuse_others(query_parameters(app))
    anchor = find_anchor(anchors, path_parameter(app, "anchor_id"), caller.workspace_id)
    return anchor_response(verify_anchor(bucket, verdicts, anchor))


@app.get("/v1/public/anchors/lookup")
def get_public_anchor() -> Response[str]:
    """The anchor with a hash. Needs no API key: nobody can guess the hash."""
    admit_anybody()
    parameters = query_parameters(app)
    tx_hash = parameters.pop("tx_hash", None)
    refuse_others(parameters)
    return anchor_response(public_view(look_up_anchor(anchors, tx_hash)))


@app.get("/v1/public/anchors/{anchor_id}/verify")
def get_public_anchor_verification() -> Response[str]:
    """Whether the log has an anchor. Needs no API key: nobody can guess the id."""
    admit_anybody()
    refuse_others(query_parameters(app))
    anchor = find_anchor(anchors, path_parameter(app, "anchor_id"))
    return anchor_response(verify_anchor(bucket, verdicts, anchor))


def admit_caller(token_keys: TokenKeys | None = None) -> Caller:
    """The caller, if its workspace may read more in this minute.

    Without `token_keys` it must have an API key: anchors have the times of the whole workspace.
    """
    caller = authorize(app, logger, keys, READ, token_keys)
    read_limit.admit(caller, received_at(app))
    return caller


def admit_anybody() -> None:
    """Raise RateLimited when the address of the request has sent too many in this minute."""
    address = app.current_event.request_context.identity.source_ip
    public_limit.admit(address, PUBLIC_REQUESTS, received_at(app))


def anchor_response(data: object) -> Response[str]:
    """The response with one anchor or several."""
    metrics.add_metric("AnchorsRead", MetricUnit.Count, 1)
    logger.info("anchors shown")
    return json_response(200, {"data": data})


@entry_point(logger, metrics, tracer, CORRELATION_ID_PATH)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """The Lambda entry point."""
    return respond(app, logger, event, context)
