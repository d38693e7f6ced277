"""Checkpoint: covers what the chains have grown by, and publishes the state of all, signed."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.metrics import MetricUnit
from indelible.aws.clients import dynamodb_client, kms_client, prompt_s3_client, sqs_client
from indelible.aws.growth_notes import SQSGrowthNotes
from indelible.aws.kms_signer import KMSSigner
from indelible.aws.ledger import DynamoDBLedger
from indelible.aws.locked_bucket import S3LockedBucket
from indelible.aws.state_bucket import S3States
from indelible.aws.table import Table
from indelible.aws.turns import DynamoDBTurns, read_log
from indelible.aws.witness_list import witnesses_of
from indelible.covering.run import Report, run
from indelible.covering.services import Services
from indelible.errors import Contradiction, DamagedItem, Unavailable, Unreadable, WrongProof
from indelible.outbound.witness_client import HTTPSWitness
from indelible.runtime.clock import now
from indelible.runtime.function import entry_point, has_time_beyond, read_settings
from indelible.runtime.observability import observe

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from aws_lambda_powertools.utilities.typing import LambdaContext
    from indelible.aws.table import ReadItem

SPARE_SECONDS = 75.0
"""Seconds of the 120 that are kept to finish a run: it covers for 45 seconds at most."""

HOLDS_LOGGED = 20
"""Lines about held workspaces that a run logs at most."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The variables of the environment.

    `signing_key_arns` are separated by commas, the present key first.
    """

    table_name: str
    table_arn: str
    checkpoint_bucket: str
    state_bucket: str
    growth_queue_url: str
    signing_key_arns: str
    log_origin: str
    allow_private_witnesses: str = "no"


settings = read_settings(Settings, os.environ)
logger, metrics, tracer = observe()
table = Table(dynamodb_client(), settings.table_name)
kms, s3 = kms_client(), prompt_s3_client()
services = Services(
    ledger=DynamoDBLedger(table),
    bucket=S3LockedBucket(s3, settings.checkpoint_bucket),
    states=S3States(s3, settings.state_bucket),
    turns=DynamoDBTurns(table),
    notes=SQSGrowthNotes(sqs_client(), settings.growth_queue_url),
    signers=[
        KMSSigner(kms, arn.strip(), settings.log_origin)
        for arn in settings.signing_key_arns.split(",")
    ],
    witnesses=(),
    origin=settings.log_origin,
    table_arn=settings.table_arn,
)


@entry_point(logger, metrics, tracer)
def handler(_event: dict[str, Any], context: LambdaContext) -> None:
    """The Lambda entry point. Whatever a run leaves undone, the next one does."""
    try:
        report = run(begin(), now(), has_time_beyond(context, SPARE_SECONDS))
    except (Contradiction, Unreadable, WrongProof) as error:
        metrics.add_metric("Contradictions", MetricUnit.Count, 1)
        logger.error("contradiction", extra={"cause": str(error)})  # noqa: TRY400 - Lambda logs it
        raise
    except (Unavailable, DamagedItem) as error:
        logger.warning("run not finished", extra={"cause": str(error)})
        raise
    tell(report)


def begin() -> Services:
    """What this run works with. One call reads the turn, the requests and the witnesses."""
    items = read_log(table)
    turns = DynamoDBTurns(table, begun_with=items)
    return replace(services, turns=turns, witnesses=[*witnesses(items)])


def witnesses(items: Sequence[ReadItem]) -> Iterator[HTTPSWitness]:
    """The witnesses that are listed. One that cannot be read is left out: no run waits for it."""
    allow_private = settings.allow_private_witnesses == "yes"
    for each in witnesses_of(items):
        if isinstance(each, DamagedItem):
            logger.warning("witness not asked", extra={"cause": str(each)})
        else:
            yield HTTPSWitness(each.url, each.key, allow_private=allow_private)


def tell(report: Report) -> None:
    """Log and count what the run did. Metrics that are rarely needed have data only then."""
    metrics.add_metric("CoverageLag", MetricUnit.Seconds, report.lag)
    metrics.add_metric("Held", MetricUnit.Count, report.held)
    if report.records:
        metrics.add_metric("RecordsCovered", MetricUnit.Count, report.records)
    if report.warnings:
        metrics.add_metric("Contradictions", MetricUnit.Count, len(report.warnings))
    for warning in report.warnings:
        logger.error("look at this", extra={"cause": warning})
    for workspace_id, hold in [*report.holds.items()][:HOLDS_LOGGED]:
        place = {"workspace_id": workspace_id, "break": hold.kind, "sequence": hold.sequence}
        logger.warning("held", extra=place)
    details = {"records": report.records, "lag": report.lag, "held": report.held}
    if report.published:
        details |= {"run": report.published.number, "size": report.published.checkpoint.size}
    logger.info("published" if report.published else "nothing to publish", extra=details)
