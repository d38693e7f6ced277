"""Fills in what the samples in events/ leave open: key, workspace, ids, times and addresses.

The samples are whole and valid. Their placeholders are the constants below (docs/local.md).
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from indelible import message
from indelible.aws.export_jobs import DynamoDBExports
from indelible.aws.ledger import DynamoDBLedger
from indelible.aws.table import Table
from indelible.chain.segment import read_records
from indelible.errors import Unreadable
from indelible.exporting.job import Export, Format, new_revision
from indelible.filters import read_filters
from indelible.identifiers import UUID_ENTROPY_BYTES, uuid7
from indelible.runtime.clock import now
from indelible.times import MILLISECOND

from tools.local.aws import root_session
from tools.local.demo import send, wait_for
from tools.local.failure import LocalStackError
from tools.local.stack import Stack

API_KEY = "imk_EXAMPLE0EXAMPLE0EXAMPLE0EXAMPLE0EXAMPLE0EXAMPLE0"
WORKSPACE_ID = "ws_ExampleExample01"
EVENT_ID = "019cadd4-cc4a-7b1e-a70b-ce92d71b5fa3"
"""Becomes the id of the workspace's newest event."""

EXPORT_ID = "019ab2f4-5c1e-7d3a-9d41-5f0c8e6a2b17"
"""Becomes the id of a new export, which is not in the queue: the exporter may take it."""

QUEUE = "eu-central-1:123456789012:indelible-events.fifo"
EXPORT_QUEUE = "eu-central-1:123456789012:indelible-exports"
TABLE = "eu-central-1:123456789012:table/indelible/"
REGION = "eu-central-1"


def read_sample(path: Path) -> str:
    """The text of a sample. LocalStackError if it is not a file with a JSON object."""
    try:
        text = path.read_text(encoding="utf-8")
        is_object = isinstance(json.loads(text), dict)
    except OSError as error:
        raise LocalStackError(f"EVENT {path} cannot be read: {error.strerror}.") from None
    except ValueError as error:
        raise LocalStackError(f"EVENT {path} is not JSON ({error}).") from None
    if not is_object:
        raise LocalStackError(f"EVENT {path} is not a JSON object.")
    return text


def fill(stack: Stack, sample: str) -> dict[str, Any]:
    """The sample, for this stack and this moment. What it needs is made: an event, or an export.

    `sample` is a JSON object, as `read_sample` returns it.
    """
    moment = now()
    for placeholder, value in _values(stack, moment).items():
        if placeholder in sample:
            sample = sample.replace(placeholder, value())
    filled: dict[str, Any] = json.loads(sample)
    _set_times(filled, moment)
    for record in filled.get("Records", []):
        if record.get("eventSource") == "aws:sqs":
            _renew_message(record, stack.workspace_id, moment)
    return filled


def _values(stack: Stack, moment: int) -> dict[str, Callable[[], str]]:
    """What replaces each placeholder. Longer ones come first, where one contains another."""
    table = Table(
        root_session().client("dynamodb", endpoint_url=stack.endpoint_url), stack.table_name
    )
    account, queue = stack.queue_url.split("/")[-2:]
    return {
        API_KEY: lambda: stack.api_key,
        WORKSPACE_ID: lambda: stack.workspace_id,
        EVENT_ID: lambda: _newest_event(stack, DynamoDBLedger(table)),
        EXPORT_ID: lambda: _new_export(stack, DynamoDBExports(table), moment),
        QUEUE: lambda: f"{stack.region}:{account}:{queue}",
        EXPORT_QUEUE: lambda: f"{stack.region}:{account}:{stack.export_queue_url.split('/')[-1]}",
        TABLE: lambda: f"{stack.region}:{account}:table/{stack.table_name}/",
        REGION: lambda: stack.region,
    }


def _newest_event(stack: Stack, ledger: DynamoDBLedger) -> str:
    """The id of the newest event. The reference request is sent first if the chain is empty."""
    newest = ledger.newest(stack.workspace_id)
    if newest is None:
        receipts = send(stack)
        newest = wait_for(ledger, stack.workspace_id, {each["id"] for each in receipts})[-1]
    return str(msgspec.json.decode(read_records(newest)[-1])["id"])


def _new_export(stack: Stack, exports: DynamoDBExports, moment: int) -> str:
    """The id of an export of all events, which is stored but not queued."""
    export = Export(
        workspace_id=stack.workspace_id,
        id=uuid7(moment // MILLISECOND, os.urandom(UUID_ENTROPY_BYTES)),
        format=Format.CSV,
        filters=read_filters({}),
        created_at=moment,
        revision=new_revision(os.urandom),
    )
    exports.create(export)
    return export.id


def _set_times(part: object, moment: int) -> None:
    """Set the times of request and delivery. Ingest would refuse for a late delivery."""
    milliseconds = moment // MILLISECOND
    times = {
        "requestTimeEpoch": milliseconds,
        "requestTime": datetime.fromtimestamp(milliseconds / 1_000, UTC).strftime(
            "%d/%b/%Y:%H:%M:%S +0000"
        ),
        "SentTimestamp": str(milliseconds),
        "ApproximateFirstReceiveTimestamp": str(milliseconds),
        "ApproximateCreationDateTime": milliseconds // 1_000,
    }
    if isinstance(part, dict):
        part |= {name: value for name, value in times.items() if name in part}
    for inner in (
        part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
    ):
        _set_times(inner, moment)


def _renew_message(record: dict[str, Any], workspace_id: str, moment: int) -> None:
    """Give a message of ingest the workspace, and its events new ids. Others stay as they are."""
    try:
        sent = message.decode(record["body"])
    except Unreadable:
        pass
    else:
        events = [
            message.Accepted(
                id=uuid7(moment // MILLISECOND, os.urandom(UUID_ENTROPY_BYTES)),
                received_at=moment // MILLISECOND * MILLISECOND,
                fields=msgspec.Raw(msgspec.json.encode(event.fields)),
            )
            for event in sent.events
        ]
        [(record["body"], _)] = message.encode(workspace_id, sent.correlation_id, events)
    digest = hashlib.md5(record["body"].encode(), usedforsecurity=False)
    record["md5OfBody"] = digest.hexdigest()
