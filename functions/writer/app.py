"""Writer: queue to chain."""

from __future__ import annotations

import gc
import os
import time
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.metrics import MetricUnit
from indelible.aws.clients import (
    dynamodb_client,
    secretsmanager_client,
    single_try_dynamodb_client,
    sqs_client,
)
from indelible.aws.ledger import DynamoDBLedger
from indelible.aws.look_ups import DynamoDBLookUps
from indelible.aws.queue import SQSQueue
from indelible.aws.table import Table
from indelible.aws.usage import DynamoDBUsage
from indelible.errors import Unavailable
from indelible.runtime.observability import observe
from indelible.runtime.secrets import SigningSecret
from indelible.times import MILLISECOND
from indelible.writing.dead_letter import workspace_of
from indelible.writing.delivery import Outcome, Writer, chain_messages, is_behind
from indelible.writing.kept_look_up import LookUpStore
from indelible.writing.patience import Patience
from indelible.writing.portion import Delivered

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

SPARE_SECONDS = 3.0
"""Kept of the invocation's time, for the calls under way and the answer."""

REFUSING_SECONDS = 2.5
"""What one call of `backlog` may take, and the answer."""

logger, metrics, tracer = observe()
table = Table(dynamodb_client(), os.environ["TABLE_NAME"])
secret = SigningSecret(secretsmanager_client(), os.environ["SIGNING_SECRET_ARN"])
writer = Writer(
    ledger=DynamoDBLedger(table),
    look_ups=LookUpStore(DynamoDBLookUps(table), secret.key),
    dead_letters=SQSQueue(sqs_client(), os.environ["DEAD_LETTER_QUEUE_URL"]),
    entropy=os.urandom,
)
backlog = DynamoDBUsage(Table(single_try_dynamodb_client(), table.name))


# What is loaded by now stays: the garbage collector need not look through it again and again.
gc.freeze()


@logger.inject_lambda_context(clear_state=True)
@tracer.capture_lambda_handler(capture_response=False)
@metrics.log_metrics(capture_cold_start_metric=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """The Lambda entry point; answers with the messages that failed.

    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
    """
    groups = by_workspace(event["Records"])
    failed: list[str] = []
    behind: list[str] = []
    for position, (workspace_id, delivered) in enumerate(groups):
        share = _remaining_seconds(context) / (len(groups) - position)
        deadline = time.monotonic() + share
        patience = Patience(lambda: deadline - time.monotonic())  # noqa: B023 (used in this turn)
        outcome = chain_messages(writer, workspace_id, delivered, patience)
        report(workspace_id, outcome)
        failed += outcome.failed
        if is_behind(delivered, outcome, int(time.time() * 1_000_000)):
            behind.append(workspace_id)
    for workspace_id in behind:
        refuse(workspace_id, context)
    return {"batchItemFailures": [{"itemIdentifier": each} for each in failed]}


def by_workspace(records: list[dict[str, Any]]) -> list[tuple[str, list[Delivered]]]:
    """The messages of each workspace in their order, the workspace with the fewest bytes first.

    So a large one waits for small ones, and not the other way round.
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


def _remaining_seconds(context: LambdaContext) -> float:
    return context.get_remaining_time_in_millis() / 1_000 - SPARE_SECONDS


def refuse(workspace_id: str, context: LambdaContext) -> None:
    """Have ingest refuse the workspace for a while, if there is time for it.

    It only slows the workspace down, so it is left out where it would cost others their time.
    """
    cause = "no time left"
    if context.get_remaining_time_in_millis() / 1_000 >= REFUSING_SECONDS:
        try:
            backlog.refuse(workspace_id, int(time.time() * 1_000_000))
        except Unavailable as error:
            cause = str(error)
        else:
            metrics.add_metric("WorkspacesRefused", MetricUnit.Count, 1)
            logger.warning("refused for a minute", extra={"workspace_id": workspace_id})
            return
    logger.warning("not refused", extra={"workspace_id": workspace_id, "cause": cause})


def report(workspace_id: str, outcome: Outcome) -> None:
    """Log and count what became of a workspace's messages; no content of events."""
    now = time.time()
    for each in outcome.settled:
        lag = now - each.received_at / 1e6
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
    for name, count in (
        ("EventsRepeated", events - outcome.chained),
        ("MessagesQuarantined", len(outcome.quarantined)),
        ("MessagesFailed", len(outcome.failed)),
    ):
        if count > 0:  # seldom, and each metric takes time
            metrics.add_metric(name, MetricUnit.Count, count)
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
