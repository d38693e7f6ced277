"""Exports: starts exports, shows their state, and links to their files."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.metrics import MetricUnit
from indelible.accounts.keys import READ
from indelible.aws.api_keys import DynamoDBKeys
from indelible.aws.clients import (
    dynamodb_client,
    s3_client,
    secretsmanager_client,
    sqs_client,
)
from indelible.aws.export_files import S3Files
from indelible.aws.export_jobs import DynamoDBExports
from indelible.aws.export_queue import SQSExportQueue
from indelible.aws.table import Table
from indelible.exporting.job import ExportStatus
from indelible.exporting.link import follow_link, sign_link
from indelible.exporting.requests import find_visible_export, read_export_request
from indelible.exporting.start import start_export
from indelible.runtime.function import entry_point, read_settings
from indelible.runtime.observability import observe
from indelible.runtime.secrets import SigningSecret
from indelible.web.api import (
    CORRELATION_ID_PATH,
    authorize,
    new_api,
    path_parameter,
    public_url,
    query_parameters,
    read_request,
    received_at,
    respond,
)
from indelible.web.responses import json_response

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@dataclass(frozen=True, slots=True)
class Settings:
    """The variables of the environment."""

    table_name: str
    export_queue_url: str
    exports_bucket: str
    signing_secret_arn: str


settings = read_settings(Settings, os.environ)
logger, metrics, tracer = observe()
table = Table(dynamodb_client(), settings.table_name)
keys = DynamoDBKeys(table)
exports = DynamoDBExports(table)
queue = SQSExportQueue(sqs_client(), settings.export_queue_url)
files = S3Files(s3_client(), settings.exports_bucket)
secret = SigningSecret(secretsmanager_client(), settings.signing_secret_arn)
app = new_api(logger, metrics)


@app.post("/v1/exports")
def post_export() -> Response[str]:
    """Start an export of the events that match the filters. Without a body: all events, as CSV."""
    caller = authorize(app, logger, keys, READ)
    body = read_request(app) if app.current_event.body else {}
    export = read_export_request(caller, body, received_at(app), os.urandom)
    start_export(exports, queue, export, os.urandom)
    metrics.add_metric("ExportsStarted", MetricUnit.Count, 1)
    logger.info("export started", extra={"export_id": export.id})
    return json_response(202, {"data": {"id": export.id, "status": export.status}})


@app.get("/v1/exports/{export_id}")
def get_export() -> Response[str]:
    """The state of an export, and the link to its file if there is one."""
    caller = authorize(app, logger, keys, READ)
    export_id = path_parameter(app, "export_id")
    export = find_visible_export(exports, caller, export_id, received_at(app))
    metrics.add_metric("ExportsRead", MetricUnit.Count, 1)
    logger.info("export shown", extra={"export_id": export.id})
    link = None
    if export.status is ExportStatus.COMPLETED:
        link = f"{public_url(app)}/download?{sign_link(secret.key(), export)}"
    return json_response(200, {"data": export.as_json(link)})


@app.get("/v1/exports/{export_id}/download")
def get_download() -> Response[str]:
    """Redirect to the file. The link's signature replaces an API key."""
    export_id, query = path_parameter(app, "export_id"), query_parameters(app)
    export = follow_link(secret.key(), exports, export_id, query, received_at(app))
    metrics.add_metric("ExportsDownloaded", MetricUnit.Count, 1)
    logger.info("downloaded", extra={"workspace_id": export.workspace_id, "export_id": export_id})
    location = files.link(export.file_name, f"indelible-{export.file_name.rpartition('/')[2]}")
    return Response(
        status_code=302, body="", headers={"Location": location, "Cache-Control": "no-store"}
    )


@entry_point(logger, metrics, tracer, CORRELATION_ID_PATH)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """The Lambda entry point."""
    return respond(app, logger, event, context)
