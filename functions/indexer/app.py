"""Indexer: reads the table's change stream, keeps the index up to date, and notes growth."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.metrics import MetricUnit
from indelible.aws.clients import dynamodb_client, sqs_client
from indelible.aws.growth_notes import SQSGrowthNotes
from indelible.aws.index import DynamoDBIndex
from indelible.aws.ledger import DynamoDBLedger
from indelible.aws.table import Table
from indelible.aws.table_stream import chained_before, changed_segments, touched_segments
from indelible.covering.growth import encode_note
from indelible.errors import Unavailable, Unreadable
from indelible.index.extend import Indexer
from indelible.runtime.function import entry_point, has_time_beyond, read_settings
from indelible.runtime.observability import observe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from aws_lambda_powertools.utilities.typing import LambdaContext

    Records = Sequence[Mapping[str, Any]]

SPARE_SECONDS = 15.0
"""Seconds kept to finish the block that is being built."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The variables of the environment. Without checkpoints, there is no queue of notes."""

    table_name: str
    growth_queue_url: str = ""


settings = read_settings(Settings, os.environ)
logger, metrics, tracer = observe()
table = Table(dynamodb_client(), settings.table_name)
indexer = Indexer(DynamoDBLedger(table), DynamoDBIndex(table))
notes = (
    SQSGrowthNotes(sqs_client(), settings.growth_queue_url) if settings.growth_queue_url else None
)


@entry_point(logger, metrics, tracer)
def handler(event: dict[str, Any], context: LambdaContext) -> None:
    """The Lambda entry point. Lambda delivers a batch again until the function does not fail.

    So it fails only for work that may succeed later, and only when everything else is done. It is
    safe to repeat the whole batch.
    https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-params.html
    """
    has_time = has_time_beyond(context, SPARE_SECONDS)
    records = event["Records"]
    for failure in [*blank(records, has_time), *extend(records, has_time), *note(records)]:
        raise failure


def blank(records: Records, has_time: Callable[[], bool]) -> Iterator[Unavailable]:
    """Blank the blocks of segments that were changed or removed. Yields errors that need a retry.

    The writer never changes or removes a segment, so each case is a warning.
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
    """Build the blocks of chains that have grown. Yields errors that need a retry.

    A chain that cannot be read would fail every time and block all others, so it is only counted.
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


def note(records: Records) -> Iterator[Unavailable]:
    """Note for the next run which segments are new or changed. Yields errors that need a retry.

    It does not wait for the index: a chain that cannot be indexed is still covered.
    """
    touched = touched_segments(records)
    if notes and touched:
        try:
            notes.send(encode_note(touched))
        except Unavailable as error:
            logger.warning("growth not noted", extra={"cause": str(error)})
            yield error
