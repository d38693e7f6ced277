"""Exports: starts, lists and cancels exports, shows their state, and links to their files."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.metrics import MetricUnit
from indelible.accounts.caller import Caller
from indelible.accounts.keys import READ
from indelible.aws.api_keys import DynamoDBKeys
from indelible.aws.clients import (
    dynamodb_client,
    s3_client,
    secretsmanager_client,
    sqs_client,
)
from indelible.aws.export_files import VIEWER_LINK_SECONDS, S3Files
from indelible.aws.export_jobs import DynamoDBExports
from indelible.aws.export_queue import SQSExportQueue
from indelible.aws.signing_secret import SigningSecret
from indelible.aws.table import Table
from indelible.aws.token_secret import TokenSecret
from indelible.exporting.cancel import cancel_export
from indelible.exporting.job import Export
from indelible.exporting.link import (
    LINK_PARAMETERS,
    find_file,
    follow_link,
    has_link,
    sign_link,
)
from indelible.exporting.listed import list_exports
from indelible.exporting.requests import find_visible_export, read_export_request
from indelible.exporting.start import start_export
from indelible.reading.read_limit import CallersLimit
from indelible.runtime.function import entry_point, read_settings
from indelible.runtime.observability import observe
from indelible.web.api import (
    CORRELATION_ID_PATH,
    authorize,
    is_head,
    new_api,
    path_parameter,
    public_url,
    query_parameters,
    read_request,
    received_at,
    respond,
)
from indelible.web.parameters import (
    ExportPosition,
    read_export_list_request,
    refuse_others,
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
    token_secret_arn: str


settings = read_settings(Settings, os.environ)
logger, metrics, tracer = observe()
table = Table(dynamodb_client(), settings.table_name)
keys = DynamoDBKeys(table)
exports = DynamoDBExports(table)
queue = SQSExportQueue(sqs_client(), settings.export_queue_url)
files = S3Files(s3_client(), settings.exports_bucket)
secrets = secretsmanager_client()
secret = SigningSecret(secrets, settings.signing_secret_arn)
tokens = TokenSecret(secrets, settings.token_secret_arn)
read_limit = CallersLimit()
app = new_api(logger, metrics)


@app.post("/v1/exports")
def post_export() -> Response[str]:
    """Start an export of the events that match the filters. Without a body: all events, as CSV."""
    caller = admit_caller()
    body = read_request(app) if app.current_event.body else {}
    export = read_export_request(caller, body, received_at(app), os.urandom)
    start_export(exports, queue, export, os.urandom)
    metrics.add_metric("ExportsStarted", MetricUnit.Count, 1)
    logger.info("export started", extra={"export_id": export.id})
    return json_response(202, answer_with(export, {"id": export.id, "status": export.status}))


@app.get("/v1/exports")
def get_exports() -> Response[str]:
    """A page of the exports that have not expired, newest first."""
    caller = admit_caller()
    request = read_export_list_request(caller, query_parameters(app), secret.key)
    after = request.position.after if request.position else None
    page = list_exports(exports, caller, request.limit, after, received_at(app))
    metrics.add_metric("ExportsListed", MetricUnit.Count, len(page.exports))
    logger.info("exports listed")
    position = ExportPosition(page.next) if page.next else None
    pagination = {
        "has_more": position is not None,
        "next_cursor": request.next_cursor(position, secret.key),
    }
    url = public_url(app)
    shown = [each.as_json(link_to(each, f"{url}/{each.id}")) for each in page.exports]
    return json_response(200, {"data": shown, "pagination": pagination})


@app.get("/v1/exports/{export_id}")
def get_export() -> Response[str]:
    """The state of an export, and the link to its file if there is one."""
    caller = admit_caller()
    export_id = path_parameter(app, "export_id")
    export = find_visible_export(exports, caller, export_id, received_at(app))
    metrics.add_metric("ExportsRead", MetricUnit.Count, 1)
    logger.info("export shown", extra={"export_id": export.id})
    return json_response(200, answer_with(export, export.as_json(link_to(export, public_url(app)))))


@app.delete("/v1/exports/{export_id}")
def delete_export() -> Response[str]:
    """Cancel an export that is not finished. Nothing is deleted."""
    caller = admit_caller()
    export_id = path_parameter(app, "export_id")
    export = cancel_export(exports, caller, export_id, received_at(app), os.urandom)
    metrics.add_metric("ExportsCancelled", MetricUnit.Count, 1)
    logger.info("export cancelled", extra={"export_id": export.id})
    return json_response(200, answer_with(export, export.as_json(None)))


@app.get("/v1/exports/{export_id}/download")
def get_download() -> Response[str]:
    """Redirect to the file. A link's signature replaces a key. A token holder gets a link to S3."""
    export_id, query = path_parameter(app, "export_id"), query_parameters(app)
    for_viewer = False
    if query.keys() & LINK_PARAMETERS:
        export = follow_link(secret.key(), exports, export_id, query, received_at(app))
    else:
        caller = admit_caller()
        refuse_others(query)
        export, for_viewer = (
            find_file(exports, caller, export_id, received_at(app)),
            caller.holds_token,
        )
    metrics.add_metric("ExportsDownloaded", MetricUnit.Count, 1)
    logger.info("downloaded", extra={"workspace_id": export.workspace_id, "export_id": export_id})
    save_as = f"indelible-{export.file_name.rpartition('/')[2]}"
    if for_viewer:  # a page that reads only its own origin cannot follow a redirect to S3
        url = files.link(export.file_name, save_as, seconds=VIEWER_LINK_SECONDS)
        return json_response(200, {"data": {"url": url, "expires_in": VIEWER_LINK_SECONDS}})
    location = files.link(export.file_name, save_as, is_head=is_head(app))
    return Response(status_code=302, body="", headers={"Location": location})


def admit_caller() -> Caller:
    """The caller. A viewer token may send only so many requests in a minute."""
    caller = authorize(app, logger, keys, READ, tokens)
    read_limit.admit_token(caller, received_at(app))
    return caller


def link_to(export: Export, url: str) -> str | None:
    """The link to the file of the export at this URL, if it has one."""
    return f"{url}/download?{sign_link(secret.key(), export)}" if has_link(export) else None


def answer_with(export: Export, shown: dict[str, object]) -> dict[str, object]:
    """The answer that shows an export. Clients read id and status in `data`, or beside it."""
    return {"data": shown, "id": export.id, "status": export.status}


@entry_point(logger, metrics, tracer, CORRELATION_ID_PATH)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """The Lambda entry point."""
    return respond(app, logger, event, context)
