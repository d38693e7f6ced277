"""`make demo`: sends the reference request, verifies the chain, and shows it in a browser."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from indelible.aws.ledger import DynamoDBLedger
from indelible.aws.table import Table
from indelible.chain.segment import Segment, event_hashes_of, read_records
from indelible.verifying.breaks import Step
from indelible.verifying.segments import verify
from indelible_client import Client, IndelibleError
from rich.table import Table as Grid

from tools.local.aws import root_session
from tools.local.commands import indelible
from tools.local.failure import LocalStackError, exit_with_one_sentence
from tools.local.progress import console, step
from tools.local.stack import Stack
from tools.local.up import up
from tools.local.waiting import PATIENCE_SECONDS, wait_until

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

REFERENCE = Path(__file__).with_name("reference.json")
SHOWN_RECORDS = 12


def demo() -> None:
    """Bring the stack up, send the events, show and verify the chain."""
    stack = up()
    with step("Sending the reference request"):
        receipts = send(stack)
    console.print(receipt_grid(receipts))
    ledger = DynamoDBLedger(Table(_dynamodb(stack), stack.table_name))
    with step("Waiting until the events are chained"):
        segments = wait_for(ledger, stack.workspace_id, {receipt["id"] for receipt in receipts})
    console.print(chain_grid(segments))
    console.print(verdict(list(verify(stack.workspace_id, segments))))
    with step("Making an address of the viewer"):
        address = indelible("open", stack.workspace_id).strip()
    console.print(how_to_go_on(stack, address), soft_wrap=True)


def send(stack: Stack) -> list[dict[str, str]]:
    """Send the reference request; returns its receipts. LocalStackError if it is refused.

    The client sends it again under its key while the stack is busy.
    """
    events = json.loads(REFERENCE.read_bytes())["events"]
    try:
        with Client(stack.api_key, stack.base_url, retry_for=PATIENCE_SECONDS) as client:
            receipts: Any = client.track_batch(events)["events"]
    except IndelibleError as error:
        raise LocalStackError(f"The API did not take the events: {error}") from None
    return list(receipts)


def wait_for(ledger: DynamoDBLedger, workspace_id: str, ids: set[str]) -> list[Segment]:
    """Wait until the chain holds these events; returns all its segments."""

    def segments_with_all() -> list[Segment]:
        segments = list(ledger.ascending(workspace_id, 1))
        chained = {_field(record, "id") for each in segments for record in read_records(each)}
        return segments if ids <= chained else []

    return wait_until("the events are chained", segments_with_all)


def receipt_grid(receipts: list[dict[str, str]]) -> Grid:
    """A table of the receipts."""
    grid = Grid("event", "id", "status", title="Receipts")
    for number, receipt in enumerate(receipts, 1):
        grid.add_row(str(number), receipt["id"], receipt["status"])
    return grid


def chain_grid(segments: list[Segment]) -> Grid:
    """A table of the newest records."""
    rows = [
        (_field(record, "sequence"), _field(record, "created_at"), _field(record, "action"), link)
        for each in segments
        for record, link in zip(read_records(each), event_hashes_of(each), strict=True)
    ]
    grid = Grid("sequence", title="The chain")
    grid.add_column("created_at", no_wrap=True)
    grid.add_column("action")
    grid.add_column("event hash", no_wrap=True)
    for sequence, created_at, action, link in rows[-SHOWN_RECORDS:]:
        grid.add_row(sequence, created_at, action, f"{link.hex()[:12]}…")
    if len(rows) > SHOWN_RECORDS:
        grid.caption = f"the newest {SHOWN_RECORDS} of {len(rows)} records"
    return grid


def verdict(steps: list[Step]) -> str:
    """The result of verifying the chain, in words. LocalStackError if it is broken."""
    breaks = sum(len(each.breaks) for each in steps)
    if breaks:
        raise LocalStackError(
            f"The chain is broken in {breaks} places; `indelible verify` shows them."
        )
    events = sum(each.events for each in steps)
    return f"[bold green]Valid:[/] all {events} records, every hash recomputed from their bytes.\n"


def how_to_go_on(stack: Stack, address: str) -> str:
    """The commands to try next, and the address of the viewer, which comes last."""
    event = json.dumps({"actor_id": "you", "action": "demo.tried"})
    return (
        "Send an event of your own:\n\n"
        f"  curl {stack.base_url}/api/v1/events \\\n"
        f"    -H 'Authorization: Bearer {stack.api_key}' \\\n"
        f"    -d '{event}'\n\n"
        "Look around:\n\n"
        f"  .venv/bin/indelible tail {stack.workspace_id}   # Ctrl-C ends it\n"
        f"  .venv/bin/indelible verify {stack.workspace_id}\n"
        f"  .venv/bin/indelible open {stack.workspace_id} --tenant TENANT\n"
        "  make down\n\n"
        "Open the chain in a browser, which checks it. The address works for an hour:\n\n"
        f"  {address}"
    )


def _field(record: bytes, name: str) -> str:
    return str(msgspec.json.decode(record)[name])


def _dynamodb(stack: Stack) -> "DynamoDBClient":
    return root_session().client("dynamodb", endpoint_url=stack.endpoint_url)


if __name__ == "__main__":
    exit_with_one_sentence(demo)
