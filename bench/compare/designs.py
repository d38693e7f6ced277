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
from .names import (
    EACH_EVENT,
    ITEMS,
    OURS,
    OURS_KEYED,
    OURS_REQUEST,
    SINGLE_FILE,
    TRANSACTIONS,
    WHOLE_BATCH,
)
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
    for name, *keys in ((TABLE, "pk", "sk"), (IDEMPOTENCY, "id")):
        client.create_table(
            TableName=name,
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
            KeySchema=[
                {"AttributeName": key, "KeyType": "RANGE" if place else "HASH"}
                for place, key in enumerate(keys)
            ],
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
    made = Relational(psycopg.connect(engines.postgres, prepare_threshold=0), at_once)
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


_OF_ALL = "no validation, index, limits by the minute, logs or metrics"
_RELATIONAL = f"{_OF_ALL}; keys; here also the standby"

DESIGNS = (
    Design(OURS, _indelible, "the index (0.027 write units an event); keys, but in the next rows"),
    Design(OURS_KEYED, _indelible, keyed=True),
    Design(OURS_REQUEST, _with_request_keys),
    Design(
        ITEMS,
        _items,
        f"{_OF_ALL}; an event is chained twice if its function dies between the put and "
        "Powertools' last update",
    ),
    Design(
        TRANSACTIONS,
        _transactions,
        f"{_OF_ALL}; keys; a message that is redriven is chained twice",
    ),
    Design(EACH_EVENT, _each_event, _RELATIONAL),
    Design(WHOLE_BATCH, _whole_batch, _RELATIONAL),
    Design(SINGLE_FILE, _single_file, f"{_OF_ALL}; keys; all but one machine and its disk"),
)

COMPARED = tuple(design for design in DESIGNS if not design.name.startswith(" "))
"""The designs without the variants of Indelible."""
