"""The latencies, prices and quotas that the comparison computes with, and where each is from.

Prices are list prices of us-east-1, looked up on 2026-11-23; those of RDS on 2026-11-26.
"""

from __future__ import annotations

from typing import NamedTuple

MILLION = 1_000_000


class Stated(NamedTuple):
    """A value and its source."""

    value: float
    source: str


ITEM, TRANSACTION, QUEUE, ROUND_TRIP, COMMIT, FLUSH = (
    "put, get, update or query",
    "transaction",
    "SQS call",
    "round trip to PostgreSQL",
    "commit in PostgreSQL",
    "commit in SQLite",
)
"""The types of request. A commit in PostgreSQL comes on top of its round trip."""

MILLISECONDS = {
    ITEM: Stated(
        8,
        "assumed; AWS speaks of single-digit milliseconds, "
        "https://muratbuffalo.blogspot.com/2023/08/distributed-transactions-at-scale-in.html",
    ),
    TRANSACTION: Stated(
        25,
        "assumed; no published figure was found. It prepares and commits through a coordinator, "
        "https://muratbuffalo.blogspot.com/2023/08/distributed-transactions-at-scale-in.html",
    ),
    QUEUE: Stated(
        10,
        "assumed; course notes have less than 10 ms, "
        "https://massipssa.github.io/Docs/docs/cloud/aws/Application-Integration-Messaging/SQS",
    ),
    ROUND_TRIP: Stated(1, "assumed: one availability zone, and a statement by primary key"),
    COMMIT: Stated(
        4,
        "assumed: the flush of the log, which the commit waits for, and a synchronous standby, "
        "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/wait-event.iowalsync.html",
    ),
    FLUSH: Stated(
        1,
        "assumed; io2 Block Express promises 0.5 ms for a write of 16 KiB, "
        "https://docs.aws.amazon.com/ebs/latest/userguide/ebs-optimization.html",
    ),
}

PRICES = {
    "API Gateway, request": Stated(3.50 / MILLION, "https://aws.amazon.com/api-gateway/pricing/"),
    "Lambda, invocation": Stated(0.20 / MILLION, "https://aws.amazon.com/lambda/pricing/"),
    "Lambda, GB-second on arm64": Stated(0.0000133334, "https://aws.amazon.com/lambda/pricing/"),
    "SQS FIFO, call of 64 KiB": Stated(0.50 / MILLION, "https://aws.amazon.com/sqs/pricing/"),
    "DynamoDB, write unit": Stated(
        0.625 / MILLION, "https://aws.amazon.com/dynamodb/pricing/on-demand/"
    ),
    "DynamoDB, read unit": Stated(
        0.125 / MILLION, "https://aws.amazon.com/dynamodb/pricing/on-demand/"
    ),
}
"""Dollars. Logs, metrics, traces, streams and storage are left out of all designs."""

RDS_MONTH = Stated(
    94.90,
    "db.t4g.medium, Multi-AZ, without storage; "
    "https://infratally.com/articles/aws-rds-pricing-explained-2026.html",
)
"""Dollars a month for the smallest instance that one would choose, whatever it does."""

LAMBDA_GIGABYTES = 1.0
SQS_CHUNK = 64 * 1024
READ_UNIT = 4_096

GROUP_CALLS = Stated(
    300,
    "calls a second of one message group, each of up to ten messages; "
    "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/"
    "troubleshooting-fifo-throttling-issues.html",
)
PARTITION_UNITS = Stated(
    1_000,
    "write units a second of a partition. Rising sort keys are never split for heat; "
    "https://aws.amazon.com/blogs/database/part-3-scaling-dynamodb-how-partitions-hot-keys-and-"
    "split-for-heat-impact-performance/",
)
TABLE_UNITS = Stated(
    40_000,
    "write units a second of an on-demand table by default; a new one begins with 4,000; "
    "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html",
)
