"""Exporter: writes the files of exports, one step for each message."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.metrics import MetricUnit
from indelible.aws.clients import dynamodb_client, s3_client, sqs_client
from indelible.aws.export_files import S3Files
from indelible.aws.export_jobs import DynamoDBExports
from indelible.aws.export_queue import SQSExportQueue, Task, read_task
from indelible.aws.ledger import DynamoDBLedger
from indelible.aws.locked_bucket import S3LockedBucket
from indelible.aws.state_bucket import S3States
from indelible.aws.table import Table
from indelible.aws.turns import DynamoDBTurns
from indelible.errors import Conflict, Unavailable
from indelible.exporting.job import Export, ExportStatus
from indelible.exporting.steps import Exporter, fail_export, run_export_step
from indelible.proving.export_checkpoint import with_checkpoint
from indelible.proving.newest import NewestRuns
from indelible.runtime.clock import now
from indelible.runtime.function import entry_point, has_time_beyond, read_settings
from indelible.runtime.observability import observe

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

SPARE_SECONDS = 90.0
"""Seconds kept to finish the chunk and the part that are being written, or to complete the file."""

LAST_RECEIVE = 5
"""The last delivery (template.yaml): the export is marked as failed, so that its client sees it."""

FIRST_PAUSE_SECONDS = 60
"""The delay before the second delivery. It doubles with each further delivery."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The variables of the environment. Both buckets of checkpoints are set, or none."""

    table_name: str
    export_queue_url: str
    exports_bucket: str
    checkpoint_bucket: str = ""
    state_bucket: str = ""


settings = read_settings(Settings, os.environ)
logger, metrics, tracer = observe()
table = Table(dynamodb_client(), settings.table_name)
queue = SQSExportQueue(sqs_client(), settings.export_queue_url)
ledger, s3 = DynamoDBLedger(table), s3_client()
bucket = S3LockedBucket(s3, settings.checkpoint_bucket)
runs = NewestRuns(bucket, S3States(s3, settings.state_bucket), DynamoDBTurns(table))
exporter = Exporter(
    ledger=ledger,
    exports=DynamoDBExports(table),
    files=S3Files(s3, settings.exports_bucket),
    entropy=os.urandom,
    clock=now,
    add_checkpoint=partial(with_checkpoint, runs, bucket, ledger)
    if settings.checkpoint_bucket
    else None,
)


@entry_point(logger, metrics, tracer)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """The Lambda entry point. Returns the message if it must be delivered again."""
    [record] = event["Records"]
    task = read_task(record["body"])
    logger.append_keys(workspace_id=task.workspace_id, export_id=task.export_id)
    receives = int(record["attributes"]["ApproximateReceiveCount"])
    try:
        carry_out(task, receives, context)
    except Conflict:
        logger.info("left to another invocation")
    except Unavailable as error:
        metrics.add_metric("ExportStepsFailed", MetricUnit.Count, 1)
        logger.warning("not exported", extra={"cause": str(error), "receives": receives})
        queue.delay(record["receiptHandle"], FIRST_PAUSE_SECONDS * 2 ** (receives - 1))
        return {"batchItemFailures": [{"itemIdentifier": record["messageId"]}]}
    return {"batchItemFailures": []}


def carry_out(task: Task, receives: int, context: LambdaContext) -> None:
    """Work on the export, and send a message to continue it if it is not finished."""
    if receives >= LAST_RECEIVE:
        report(fail_export(exporter, task.workspace_id, task.export_id))
        return
    has_time = has_time_beyond(context, SPARE_SECONDS)
    export = run_export_step(exporter, task.workspace_id, task.export_id, has_time)
    report(export)
    if export and not export.is_finished:
        queue.send(task.workspace_id, task.export_id)


def report(export: Export | None) -> None:
    """Log and count the state of the export. The content of its events is not logged."""
    status = export.status if export else None
    metrics.add_metric("ExportsCompleted", MetricUnit.Count, int(status is ExportStatus.COMPLETED))
    metrics.add_metric("ExportsFailed", MetricUnit.Count, int(status is ExportStatus.FAILED))
    if export is None:
        logger.info("nothing to do")
        return
    done = export.progress
    details = {
        "rows": done.rows if done else export.total_rows,
        "bytes": done.bytes if done else export.file_size,
        "cause": export.error_message,
    }
    logger.info(f"export {status}", extra=details)
