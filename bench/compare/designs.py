"""The designs by name, and how each one is made on the engines of a run."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import boto3
import psycopg

from ..aws import QUEUE, TABLE, set_environment
from ..baselines.items import ItemForEachEvent
from ..baselines.relational import Relational
from ..baselines.shared import Baseline
from ..baselines.single_file import SingleFile, connect
from ..baselines.transactions import Transactions
from .ours import Indelible

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

IDEMPOTENCY = "idempotency"
QUEUE_URL = QUEUE + "compared.fifo"


class Engines(NamedTuple):
    """Where the engines of a run are: two URLs, and the path of a file."""

    dynamodb: str
    postgres: str
    sqlite: str


def use(engines: Engines) -> None:
    """Set the environment of the functions: no AWS account, and this DynamoDB."""
    set_environment()
    os.environ["AWS_ENDPOINT_URL_DYNAMODB"] = engines.dynamodb


def make_tables() -> None:
    """Create the tables in DynamoDB, empty. All designs but PostgreSQL and SQLite share them."""
    client = _dynamodb()
    for name, keys in ((TABLE, {"pk": "HASH", "sk": "RANGE"}), (IDEMPOTENCY, {"id": "HASH"})):
        client.create_table(
            TableName=name,
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
            KeySchema=[{"AttributeName": key, "KeyType": kind} for key, kind in keys.items()],  # type: ignore[typeddict-item]
            BillingMode="PAY_PER_REQUEST",
        )


def _dynamodb() -> DynamoDBClient:
    return boto3.client("dynamodb")


def _indelible(_: Engines) -> Indelible:
    return Indelible(_dynamodb(), TABLE)


def _with_request_keys(_: Engines) -> Indelible:
    return Indelible(_dynamodb(), TABLE, request_keys=True)


def _items(_: Engines) -> ItemForEachEvent:
    return ItemForEachEvent(_dynamodb(), boto3.client("sqs"), QUEUE_URL, TABLE, IDEMPOTENCY)


def _transactions(_: Engines) -> Transactions:
    return Transactions(_dynamodb(), boto3.client("sqs"), QUEUE_URL, TABLE)


def _relational(engines: Engines, at_once: int) -> Relational:
    made = Relational(psycopg.connect(engines.postgres), at_once)
    made.create_tables()
    return made


def _each_event(engines: Engines) -> Relational:
    return _relational(engines, 1)


def _whole_batch(engines: Engines) -> Relational:
    return _relational(engines, 1_000)


def _single_file(engines: Engines) -> SingleFile:
    return SingleFile(connect(engines.sqlite))


@dataclass(frozen=True, slots=True)
class Design:
    """A design: how it is made, and what it leaves out beside Indelible.

    `keyed` gives each event an idempotency key.
    """

    name: str
    make: Callable[[Engines], Baseline]
    leaves_out: str = ""
    keyed: bool = False


_OF_ALL = "no validation, no index or GSI, no limits by the minute, no logs or metrics"
OURS = "Indelible"
ITEMS = "an item an event"
TRANSACTIONS = "transactions"
EACH_EVENT = "PostgreSQL, each event"
WHOLE_BATCH = "PostgreSQL, batch"
SINGLE_FILE = "SQLite"

DESIGNS = (
    Design(OURS, _indelible, "keys of events and requests: the next two rows"),
    Design("  a key each", _indelible, keyed=True),
    Design("  a key a request", _with_request_keys),
    Design(
        ITEMS,
        _items,
        f"{_OF_ALL}; has keys of events, for as long as Powertools keeps them",
    ),
    Design(
        TRANSACTIONS,
        _transactions,
        f"{_OF_ALL}; no keys; a redrive from the dead-letter queue is chained twice",
    ),
    Design(EACH_EVENT, _each_event, f"{_OF_ALL}; no keys; no standby here"),
    Design(WHOLE_BATCH, _whole_batch, f"{_OF_ALL}; no keys; no standby here"),
    Design(SINGLE_FILE, _single_file, f"{_OF_ALL}; no keys; one machine, one disk, one writer"),
)

COMPARED = tuple(design for design in DESIGNS if not design.name.startswith(" "))
"""The designs without the variants of Indelible."""
