"""Indexer: the table's stream to the index."""

from __future__ import annotations

import gc
import os
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.metrics import MetricUnit
from indelible.aws.clients import dynamodb_client
from indelible.aws.index import DynamoDBIndex
from indelible.aws.ledger import DynamoDBLedger
from indelible.aws.table import Table
from indelible.aws.table_stream import chained_before, changed_segments
from indelible.errors import Unavailable, Unreadable
from indelible.index.extend import Indexer
from indelible.runtime.observability import observe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from aws_lambda_powertools.utilities.typing import LambdaContext

    Records = Sequence[Mapping[str, Any]]

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
    """The Lambda entry point. Lambda delivers a batch again until it does not fail.

    So only what may work later fails it, after everything else is done. All of it may be repeated.
    https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-params.html
    """

    def has_time() -> bool:
        return context.get_remaining_time_in_millis() / 1_000 > SPARE_SECONDS

    for failure in [*blank(event["Records"], has_time), *extend(event["Records"], has_time)]:
        raise failure


def blank(records: Records, has_time: Callable[[], bool]) -> Iterator[Unavailable]:
    """Blank the blocks over segments that were changed or removed; yields what has to be retried.

    The writer does neither, so each is a warning.
    """
    for workspace_id, first_sequences in changed_segments(records).items():
        extra: dict[str, object] = {"workspace_id": workspace_id, "segments": len(first_sequences)}
        try:
            blocks = indexer.blank(workspace_id, first_sequences, has_time)
        except Unavailable as error:
            logger.warning("not blanked", extra=extra | {"cause": str(error)})
            yield error
        else:
            metrics.add_metric("BlocksBlanked", MetricUnit.Count, blocks)
            logger.warning("segments changed", extra=extra | {"blocks": blocks})


def extend(records: Records, has_time: Callable[[], bool]) -> Iterator[Unavailable]:
    """Build the blocks of grown chains; yields what has to be retried.

    A chain that cannot be read would fail each time, and hold up all others: it is only counted.
    """
    for workspace_id, last in chained_before(records).items():
        extra: dict[str, object] = {"workspace_id": workspace_id}
        try:
            blocks = indexer.extend(workspace_id, last, has_time)
        except Unreadable as error:
            metrics.add_metric("ChainsUnreadable", MetricUnit.Count, 1)
            logger.warning("chain unreadable", extra=extra | {"cause": str(error)})
        except Unavailable as error:
            logger.warning("not indexed", extra=extra | {"cause": str(error)})
            yield error
        else:
            metrics.add_metric("BlocksIndexed", MetricUnit.Count, blocks)
            if blocks:
                logger.info("indexed", extra=extra | {"blocks": blocks})
