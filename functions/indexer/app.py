"""Indexer: the table's stream to the index."""

from __future__ import annotations

import gc
import os
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.metrics import MetricUnit
from indelible.aws.clients import dynamodb_client
from indelible.aws.index import DynamoDBIndex
from indelible.aws.ledger import DynamoDBLedger
from indelible.aws.stream import chained_before
from indelible.aws.table import Table
from indelible.errors import IndelibleError
from indelible.index.extend import Indexer
from indelible.runtime.observability import observe

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

SPARE_SECONDS = 15.0
"""Kept of the invocation's time, for the block under way."""

logger, metrics, tracer = observe()
table = Table(dynamodb_client(), os.environ["TABLE_NAME"])
indexer = Indexer(DynamoDBLedger(table), DynamoDBIndex(table))


# What is loaded by now stays: the garbage collector need not look through it again and again.
gc.freeze()


@logger.inject_lambda_context(clear_state=True)
@tracer.capture_lambda_handler(capture_response=False)
@metrics.log_metrics(capture_cold_start_metric=True)
def handler(event: dict[str, Any], context: LambdaContext) -> None:
    """The Lambda entry point. Where one chain fails, the others come first; then all is retried.

    https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
    """

    def has_time() -> bool:
        return context.get_remaining_time_in_millis() / 1_000 > SPARE_SECONDS

    failed: IndelibleError | None = None
    for workspace_id, last in chained_before(event["Records"]).items():
        try:
            blocks = indexer.extend(workspace_id, last, has_time)
        except IndelibleError as error:
            logger.warning("not indexed", extra={"workspace_id": workspace_id, "cause": str(error)})
            failed = error
        else:
            metrics.add_metric("BlocksIndexed", MetricUnit.Count, blocks)
            if blocks:
                logger.info("indexed", extra={"workspace_id": workspace_id, "blocks": blocks})
    if failed:
        raise failed
