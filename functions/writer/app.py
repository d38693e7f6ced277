"""Writer: chains the events of the messages on the queue."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.metrics import MetricUnit
from indelible.aws.clients import (
    dynamodb_client,
    secretsmanager_client,
    single_try_dynamodb_client,
    sqs_client,
)
from indelible.aws.kept_look_ups import DynamoDBLookUps
from indelible.aws.ledger import DynamoDBLedger
from indelible.aws.queue import SQSQueue
from indelible.aws.signing_secret import SigningSecret
from indelible.aws.table import Table
from indelible.aws.usage import DynamoDBUsage
from indelible.errors import Unavailable
from indelible.runtime.clock import now
from indelible.runtime.function import entry_point, read_settings, remaining_seconds
from indelible.runtime.observability import observe
from indelible.times import MILLISECOND, SECOND
from indelible.writing.dead_letter import workspace_of
from indelible.writing.delivery import Outcome, Writer, chain_messages, is_behind
from indelible.writing.kept_look_up import LookUpStore
from indelible.writing.patience import Patience
from indelible.writing.portion import Delivered

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

SPARE_SECONDS = 3.0
"""Seconds kept to finish the calls in progress, and to return."""

REFUSING_SECONDS = 2.5
"""Seconds that one call of `backlog` and the return may take."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The variables of the environment."""

    table_name: str
    dead_letter_queue_url: str
    signing_secret_arn: str


settings = read_settings(Settings, os.environ)
logger, metrics, tracer = observe()
table = Table(dynamodb_client(), settings.table_name)
secret = SigningSecret(secretsmanager_client(), settings.signing_secret_arn)
writer = Writer(
    ledger=DynamoDBLedger(table),
    look_ups=LookUpStore(DynamoDBLookUps(table), secret.key),
    dead_letters=SQSQueue(sqs_client(), settings.dead_letter_queue_url),
    entropy=os.urandom,
)
backlog = DynamoDBUsage(Table(single_try_dynamodb_client(), table.name))


@entry_point(logger, metrics, tracer)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """The Lambda entry point. Returns the messages that failed.

    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
    """
    groups = by_workspace(event["Records"])
    failed: list[str] = []
    behind: list[str] = []
    for position, (workspace_id, delivered) in enumerate(groups):
        share = (remaining_seconds(context) - SPARE_SECONDS) / (len(groups) - position)
        deadline = time.monotonic() + share
        patience = Patience(lambda: deadline - time.monotonic())  # noqa: B023 (used in this turn)
        outcome = chain_messages(writer, workspace_id, delivered, patience)
        report(workspace_id, outcome)
        failed += outcome.failed
        if is_behind(delivered, outcome, now()):
            behind.append(workspace_id)
    for workspace_id in behind:
        refuse(workspace_id, context)
    return {"batchItemFailures": [{"itemIdentifier": each} for each in failed]}


def by_workspace(records: list[dict[str, Any]]) -> list[tuple[str, list[Delivered]]]:
    """The messages of each workspace, in order. The workspace with the fewest bytes comes first.

    So small deliveries do not wait for a large one.
    """
    groups: dict[str, list[Delivered]] = {}
    for record in records:
        attributes = record["attributes"]
        sent_at = int(attributes["SentTimestamp"]) * MILLISECOND
        delivered = Delivered(record["messageId"], record["body"], sent_at)
        named = record.get("messageAttributes", {}).get("workspace_id", {}).get("stringValue")
        workspace_id = workspace_of(attributes["MessageGroupId"], named)
        groups.setdefault(workspace_id, []).append(delivered)
    return sorted(groups.items(), key=lambda group: sum(len(each.body) for each in group[1]))


def refuse(workspace_id: str, context: LambdaContext) -> None:
    """Have ingest refuse the workspace for a minute, if enough time is left for the call.

    It only slows the workspace down, so it is skipped when other workspaces need the time.
    """
    cause = "no time left"
    if remaining_seconds(context) >= REFUSING_SECONDS:
        try:
            backlog.refuse(workspace_id, now())
        except Unavailable as error:
            cause = str(error)
        else:
            metrics.add_metric("WorkspacesRefused", MetricUnit.Count, 1)
            logger.warning("refused for a minute", extra={"workspace_id": workspace_id})
            return
    logger.warning("not refused", extra={"workspace_id": workspace_id, "cause": cause})


def report(workspace_id: str, outcome: Outcome) -> None:
    """Log and count the messages that were chained or failed. The content is not logged."""
    settled_at = now()
    for each in outcome.settled:
        lag = (settled_at - each.received_at) / SECOND
        metrics.add_metric("ChainLag", MetricUnit.Milliseconds, max(0.0, lag * 1_000))
        logger.info(
            "chained",
            extra={
                "workspace_id": workspace_id,
                "correlation_id": each.correlation_id,
                "events": len(each.ids),
                "lag_seconds": round(lag, 3),
            },
        )
    events = sum(len(each.ids) for each in outcome.settled)
    metrics.add_metric("EventsChained", MetricUnit.Count, outcome.chained)
    # Each metric costs time, and these are rare.
    if events > outcome.chained:
        metrics.add_metric("EventsRepeated", MetricUnit.Count, events - outcome.chained)
    if outcome.quarantined:
        metrics.add_metric("MessagesQuarantined", MetricUnit.Count, len(outcome.quarantined))
    if outcome.failed:
        metrics.add_metric("MessagesFailed", MetricUnit.Count, len(outcome.failed))
    if outcome.quarantined or outcome.failed:
        logger.error(
            "not chained",
            extra={
                "workspace_id": workspace_id,
                "quarantined": outcome.quarantined,
                "failed": outcome.failed,
                "cause": str(outcome.error) if outcome.error else None,
            },
        )
