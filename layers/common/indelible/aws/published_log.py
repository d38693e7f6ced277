"""The published log, as a function reads it that answers requests about chains."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ..proving.newest import NewestRuns
from ..proving.restarts import LoggedPast
from .locked_bucket import S3LockedBucket
from .state_bucket import S3States
from .turns import DynamoDBTurns

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from .table import Table


class PublishedLog(NamedTuple):
    """What the log covers and has published, and the bucket with it."""

    runs: NewestRuns
    past: LoggedPast
    bucket: S3LockedBucket


def published_log(
    table: Table, client: S3Client, checkpoint_bucket: str, state_bucket: str
) -> PublishedLog:
    """The log whose turn is in the table and whose runs are in these buckets. It calls nothing."""
    bucket = S3LockedBucket(client, checkpoint_bucket)
    runs = NewestRuns(bucket, S3States(client, state_bucket), DynamoDBTurns(table))
    return PublishedLog(runs, LoggedPast(bucket), bucket)
