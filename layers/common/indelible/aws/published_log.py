"""The published log, as a function reads it that answers requests about chains."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ..proving.newest import NewestRuns
from ..proving.page_proof import PageProof, prove_page
from ..proving.restarts import LoggedPast
from ..proving.standing import Standing, standing_of
from .locked_bucket import S3LockedBucket
from .scrub_verdicts import DynamoDBScrubVerdicts
from .state_bucket import S3States
from .turns import DynamoDBTurns

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mypy_boto3_s3 import S3Client

    from ..chain.ledger import Ledger
    from .table import Table


class PublishedLog(NamedTuple):
    """What the log covers and has published, the bucket with it, and what the watcher found."""

    runs: NewestRuns
    past: LoggedPast
    bucket: S3LockedBucket
    verdicts: DynamoDBScrubVerdicts

    def standing(self, workspace_id: str, now: int) -> Standing:
        """What the log and the watcher say of a chain at `now`, in microseconds.

        Four calls, or one within a minute of them. A process also reads the log's first run once,
        and each restart of the chain: a call each.
        """
        newest, watched = self.runs.get(now), self.verdicts.watched(workspace_id)
        return standing_of(newest, self.past, watched, workspace_id)

    def prove(
        self,
        ledger: Ledger,
        workspace_id: str,
        records: Mapping[int, bytes],
        now: int,
        count: Callable[[int], None],
    ) -> PageProof:
        """The proof of a page, as `prove_page` makes it."""
        return prove_page(self.runs, self.bucket, ledger, workspace_id, records, now, count)


def published_log(
    table: Table, client: S3Client, checkpoint_bucket: str, state_bucket: str
) -> PublishedLog:
    """The log whose turn is in the table and whose runs are in these buckets. It calls nothing."""
    bucket = S3LockedBucket(client, checkpoint_bucket)
    runs = NewestRuns(bucket, S3States(client, state_bucket), DynamoDBTurns(table))
    return PublishedLog(runs, LoggedPast(bucket), bucket, DynamoDBScrubVerdicts(table))
