"""Watcher: compares what is stored with what the log covers, five minutes' share at a time."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.metrics import MetricUnit
from indelible.aws.anchors import DynamoDBAnchors
from indelible.aws.bucket_versions import S3VersionedBucket
from indelible.aws.clients import dynamodb_client, prompt_s3_client, sqs_client
from indelible.aws.growth_notes import SQSGrowthNotes
from indelible.aws.index import DynamoDBIndex
from indelible.aws.ledger import DynamoDBLedger
from indelible.aws.scrub_verdicts import DynamoDBScrubVerdicts
from indelible.aws.state_bucket import S3States
from indelible.aws.table import Table
from indelible.aws.turns import DynamoDBTurns
from indelible.aws.watcher_position import S3WatcherPosition
from indelible.aws.workspaces import ListedWorkspaces
from indelible.runtime.clock import now
from indelible.runtime.function import entry_point, has_time_beyond, read_settings
from indelible.runtime.observability import observe
from indelible.watching.services import Services
from indelible.watching.watch import Report, watch

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

SPARE_SECONDS = 60.0
"""Seconds of the 300 that are kept to finish what was begun, and to write the position."""

FINDINGS_LOGGED = 20
"""Lines about findings that an invocation logs at most."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The variables of the environment."""

    table_name: str
    checkpoint_bucket: str
    state_bucket: str
    growth_queue_url: str
    scrub_days: str


settings = read_settings(Settings, os.environ)
logger, metrics, tracer = observe()
table, s3 = Table(dynamodb_client(), settings.table_name), prompt_s3_client()
services = Services(
    ledger=DynamoDBLedger(table),
    index=DynamoDBIndex(table),
    bucket=S3VersionedBucket(s3, settings.checkpoint_bucket),
    states=S3States(s3, settings.state_bucket),
    turns=DynamoDBTurns(table),
    notes=SQSGrowthNotes(sqs_client(), settings.growth_queue_url),
    workspaces=ListedWorkspaces(table),
    verdicts=DynamoDBScrubVerdicts(table),
    positions=S3WatcherPosition(s3, settings.state_bucket),
    anchors=DynamoDBAnchors(table),
    scrub_days=int(settings.scrub_days),
)


@entry_point(logger, metrics, tracer)
def handler(_event: dict[str, Any], context: LambdaContext) -> None:
    """The Lambda entry point. Whatever an invocation leaves undone, the next one does."""
    tell(watch(services, now(), has_time_beyond(context, SPARE_SECONDS)))


def tell(report: Report) -> None:
    """Log and count what was found."""
    metrics.add_metric("WatcherFound", MetricUnit.Count, report.found)
    metrics.add_metric("WatcherAge", MetricUnit.Percent, report.age)
    for each in report.findings[:FINDINGS_LOGGED]:
        place = {"workspace_id": each.workspace_id, "type": each.kind, "sequence": each.sequence}
        logger.error("found", extra={**place, "unit": each.unit, "cause": each.detail})
    for cause in report.unfinished:
        logger.warning("not finished", extra={"cause": cause})
    logger.info("watched", extra={"stretches": report.stretches, "percent": report.ages})
