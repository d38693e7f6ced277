"""`indelible tail`: shows the newest records, and new ones as they are chained."""

# ruff: noqa: PLC0415 (AWS libraries are imported when a command needs them)
from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Annotated

import msgspec
import typer

from ..chain.ledger import Ledger
from ..chain.segment import read_records
from ..errors import Unreadable
from ..verifying.segments import checked_event_hashes
from .options import StackName, WorkspaceId, whole_number
from .output import padded, print_json, say
from .stack import find_stack

_PAUSE_SECONDS = 1
_SHOWN_DIGITS = 16
_DAMAGED = "damaged"


class Shown(msgspec.Struct):
    """The fields of a record that a line shows. Fields may be missing: tail does not verify."""

    sequence: int
    created_at: str
    actor_id: str = "-"
    action: str = "-"
    resource_id: str | None = None


_decode = msgspec.json.Decoder(Shown).decode


def show_tail(
    workspace: WorkspaceId,
    lines: Annotated[
        int,
        typer.Option(
            "--lines", "-n", parser=whole_number(0), metavar="N", help="Records to begin with."
        ),
    ] = 10,
    follow: Annotated[
        bool, typer.Option("--follow/--no-follow", help="Wait for new records, until Ctrl-C.")
    ] = True,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print a JSON object per record: event_hash and record.")
    ] = False,
    stack: StackName = None,
) -> None:
    """Show a workspace's newest records, and new ones as they are chained.

    A line has sequence, created_at, actor_id, action, resource_id and the beginning of the event
    hash, or `damaged` if the record's segment was changed. Links between segments are not checked:
    only `indelible verify` does that.

    Example: `indelible tail ws_4kT9mQ2vXbN7cRd1 --lines 50`
    """
    from ..aws.ledger import DynamoDBLedger
    from ..aws.workspaces import get_workspace

    table = find_stack(stack).table
    get_workspace(table, workspace)
    ledger = DynamoDBLedger(table)
    sequence = _first_sequence(ledger, workspace, lines)
    while True:
        for record, event_hash in _records_from(ledger, workspace, sequence):
            _print(record, event_hash, as_json=as_json)
            sequence += 1
        if not follow:
            return
        time.sleep(_PAUSE_SECONDS)


def _first_sequence(ledger: Ledger, workspace_id: str, lines: int) -> int:
    """The sequence of the first record to show, so that `lines` records are shown."""
    newest = ledger.newest(workspace_id)
    return max(1, newest.last_sequence - lines + 1) if newest else 1


def _records_from(
    ledger: Ledger, workspace_id: str, sequence: int
) -> Iterator[tuple[bytes, bytes | None]]:
    """The records from `sequence` on, each with its event hash; None in a damaged segment."""
    reached = ledger.at_or_before(workspace_id, sequence)
    start = reached.first_sequence if reached else 1
    for segment in ledger.ascending(workspace_id, start):
        passed = max(0, sequence - segment.first_sequence)
        records = read_records(segment)
        hashes = checked_event_hashes(segment, records)
        for position in range(passed, len(records)):
            yield records[position], hashes[position] if hashes else None


def _print(record: bytes, event_hash: bytes | None, *, as_json: bool) -> None:
    shown_hash = event_hash.hex() if event_hash else None
    try:
        if as_json:
            whole = {"event_hash": shown_hash, "record": msgspec.json.decode(record)}
            print_json(whole, indent=None)
            return
        shown = _decode(record)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"A record cannot be read: {error}; run `indelible verify`.") from None
    say(
        f"{shown.sequence:>8}  {shown.created_at}  {padded(shown.actor_id, 20)}  "
        f"{padded(shown.action, 24)}  {padded(shown.resource_id or '-', 20)}  "
        f"{(shown_hash or _DAMAGED)[:_SHOWN_DIGITS]}"
    )
