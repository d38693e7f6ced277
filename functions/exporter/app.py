"""Exporter: makes the files of exports, a step at a time."""

from __future__ import annotations

import gc
import os
import time
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.metrics import MetricUnit
from indelible.aws.clients import dynamodb_client, s3_client, sqs_client
from indelible.aws.export_files import S3Files
from indelible.aws.export_jobs import DynamoDBExports
from indelible.aws.export_queue import SQSExportQueue, Task, read_task
from indelible.aws.ledger import DynamoDBLedger
from indelible.aws.table import Table
from indelible.errors import Conflict, Unavailable
from indelible.exporting.job import Export, ExportStatus
from indelible.exporting.steps import Exporter, fail_export, run_export_step
from indelible.runtime.observability import observe

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

SPARE_SECONDS = 90.0
"""Kept of the invocation's time: for the chunk and the part under way, or for making the file."""

LAST_RECEIVE = 5
"""As template.yaml has it; what comes so often is given up, so that its client gets to know."""

FIRST_PAUSE_SECONDS = 60

logger, metrics, tracer = observe()
table = Table(dynamodb_client(), os.environ["TABLE_NAME"])
queue = SQSExportQueue(sqs_client(), os.environ["EXPORT_QUEUE_URL"])
exporter = Exporter(
    ledger=DynamoDBLedger(table),
    exports=DynamoDBExports(table),
    files=S3Files(s3_client(), os.environ["EXPORTS_BUCKET"]),
    entropy=os.urandom,
    clock=lambda: time.time_ns() // 1_000,
)


# What is loaded by now stays: the garbage collector need not look through it again and again.
gc.freeze()


@logger.inject_lambda_context(clear_state=True)
@tracer.capture_lambda_handler(capture_response=False)
@metrics.log_metrics(capture_cold_start_metric=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """The Lambda entry point; answers with the message if it is to come again."""
    [record] = event["Records"]
    task = read_task(record["body"])
    logger.append_keys(workspace_id=task.workspace_id, export_id=task.export_id)
    receives = int(record["attributes"]["ApproximateReceiveCount"])
    try:
        carry_out(task, receives, context)
    except Conflict:
        logger.info("left to somebody else")
    except Unavailable as error:
        metrics.add_metric("ExportStepsFailed", MetricUnit.Count, 1)
        logger.warning("not exported", extra={"cause": str(error), "receives": receives})
        queue.delay(record["receiptHandle"], FIRST_PAUSE_SECONDS * 2 ** (receives - 1))
        return {"batchItemFailures": [{"itemIdentifier": record["messageId"]}]}
    return {"batchItemFailures": []}


def carry_out(task: Task, receives: int, context: LambdaContext) -> None:
    """Bring the export forward, and have it continued if it is not finished."""
    if receives >= LAST_RECEIVE:
        report(fail_export(exporter, task.workspace_id, task.export_id))
        return

    def has_time() -> bool:
        return context.get_remaining_time_in_millis() / 1_000 > SPARE_SECONDS

    export = run_export_step(exporter, task.workspace_id, task.export_id, has_time)
    report(export)
    if export and not export.is_finished:
        queue.send(task.workspace_id, task.export_id)


def report(export: Export | None) -> None:
    """Log and count what became of an export; no content of events."""
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
