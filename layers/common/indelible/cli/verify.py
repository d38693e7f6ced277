"""`indelible verify`: recompute a chain from its records, and report whether it is valid."""

# ruff: noqa: PLC0415 (AWS libraries are imported when a command needs them)
from __future__ import annotations

import sys
import time
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from ..chain.ledger import Ledger
from ..errors import IndelibleError, Unreadable
from ..reading.missing_records import missing_beside_index
from ..verifying.export_file import verify_file
from ..verifying.kept_head import KeptHead
from ..verifying.segments import verify
from .empty_chain import explain_empty_chain
from .failure import REFUSED, exit_when_unable
from .options import AsJson, StackName, read_file_name
from .output import progress_bar
from .stack import Stack, find_stack
from .verdict import Part, Verdict, print_verdict
from .wrong_file import read_export

if TYPE_CHECKING:
    from ..aws.table import Table


def _read_kept_head(text: str) -> KeptHead:
    try:
        return KeptHead.read(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def verify_chain(
    workspace: Annotated[
        str | None,
        typer.Argument(
            metavar="[WORKSPACE]",
            help="The workspace's id, such as ws_4kT9mQ2vXbN7cRd1.",
            show_default=False,
        ),
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option(
            "--file",
            parser=read_file_name,
            metavar="FILE",
            help="Verify this export file instead, packed or unpacked. It needs no AWS. - is "
            "standard input.",
            show_default=False,
        ),
    ] = None,
    expect_head: Annotated[
        KeptHead | None,
        typer.Option(
            metavar="SEQUENCE:HASH",
            parser=_read_kept_head,
            help="A head noted earlier. The chain must still contain it.",
            show_default=False,
        ),
    ] = None,
    table: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Read this table instead of the stack's own, such as a restored copy.",
            show_default=False,
        ),
    ] = None,
    as_json: AsJson = False,
    stack: StackName = None,
) -> None:
    """Recompute every hash of a workspace's chain in the table, or of an export file.

    Exit status: 0 if the chain is valid, 1 if it is broken, 2 if it could not be verified, because
    the table does not answer or there is no such workspace or file.

    It finds changed, removed, inserted and swapped records. To find out whether the end of the
    chain was cut off, pass a head noted earlier with `--expect-head`. For a file, it also prints
    which part of the chain the file holds.

    Example: `indelible verify ws_4kT9mQ2vXbN7cRd1`, or `indelible verify --file november.ndjson.gz`
    """
    if (workspace is None) == (file is None):
        raise typer.BadParameter("Give either a WORKSPACE or --file.")
    if table is not None and file is not None:
        raise typer.BadParameter("--table and --file are mutually exclusive.")
    with exit_when_unable():
        verdict, started = Verdict(), time.perf_counter()
        if file is not None:
            workspace = _verify_file(file, expect_head, verdict)
        else:
            found = find_stack(stack)
            if table is not None:
                found = replace(found, table=replace(found.table, name=table))
            _verify_table(found, str(workspace), expect_head, verdict)
        seconds = time.perf_counter() - started
        print_verdict(str(workspace), verdict, seconds, as_json=as_json)
    if verdict.broken:
        raise typer.Exit(REFUSED)


def _verify_table(
    stack: Stack, workspace_id: str, expected: KeptHead | None, verdict: Verdict
) -> None:
    """Verify the chain in a table, and add to the verdict.

    A chain is verified whether or not the workspace has a profile. NotFound when nothing shows that
    there ever was such a workspace.
    """
    from ..aws.ledger import DynamoDBLedger

    ledger = DynamoDBLedger(stack.table)
    with progress_bar() as progress:
        task = progress.add_task("Verifying", total=_length(ledger, workspace_id))
        for step in verify(workspace_id, ledger.stored(workspace_id, 1), kept=expected):
            verdict.add_step(step)
            verdict.segments += 1
            progress.advance(task, step.events)
    _compare(expected, verdict)
    if not verdict.broken:
        _check_end(stack.table, workspace_id, verdict)


def _check_end(table: Table, workspace_id: str, verdict: Verdict) -> None:
    """Add a break if something shows that the chain was longer, or that it had records."""
    from ..aws.index import DynamoDBIndex
    from ..aws.ledger import DynamoDBLedger
    from ..aws.workspaces import read_profile

    if verdict.segments:
        ledger, index = DynamoDBLedger(table), DynamoDBIndex(table)
        missing = missing_beside_index(ledger, index, workspace_id, verdict.head.sequence)
    else:
        missing, verdict.on_their_way = explain_empty_chain(table, workspace_id)
    if missing:
        verdict.add([missing])
    elif not verdict.segments:
        read_profile(table, workspace_id)


def _verify_file(file: Path, expected: KeptHead | None, verdict: Verdict) -> str:
    """Verify a file, and add to the verdict. Returns the id of the workspace."""
    shown = "Standard input" if str(file) == "-" else str(file)
    try:
        with _opened(file) as stream, progress_bar() as progress:
            reader = read_export(stream, shown)
            task = progress.add_task("Verifying", total=reader.manifest.records)
            for step in verify_file(reader, expected):
                verdict.add_step(step)
                progress.advance(task, step.events)
            verdict.part = Part(reader.manifest, reader.records_read)
    except OSError as error:
        raise IndelibleError(f"{shown} cannot be read: {error.strerror}.") from None
    _compare(expected, verdict)
    return reader.manifest.workspace_id


def _opened(file: Path) -> AbstractContextManager[BinaryIO]:
    """The file, open for reading. A dash is standard input. IndelibleError when that is closed."""
    if str(file) != "-":
        return file.open("rb")
    if sys.stdin is None:
        raise IndelibleError("Standard input cannot be read: it is closed.")
    return nullcontext(sys.stdin.buffer)


def _length(ledger: Ledger, workspace_id: str) -> int | None:
    """The number of records in the chain, unverified; None if its end cannot be read."""
    try:
        newest = ledger.newest(workspace_id)
    except Unreadable:
        return None
    return newest.last_sequence if newest else 0


def _compare(expected: KeptHead | None, verdict: Verdict) -> None:
    """Add a break to the verdict if the chain does not have the expected head."""
    if expected and (missed := expected.check()):
        verdict.add([missed])
