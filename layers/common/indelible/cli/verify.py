"""`indelible verify`: recompute a chain, and say whether it is what it was."""

# ruff: noqa: PLC0415 (AWS libraries are imported when a command needs them)
from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from ..chain.ledger import Ledger
from ..chain.segment import Damaged, Segment
from ..errors import IndelibleError, Unreadable
from ..export_file.reader import ExportReader
from ..verifying.file import verify_file
from ..verifying.kept_head import KeptHead
from ..verifying.segments import verify
from .failure import REFUSED, exit_when_unable
from .options import AsJson, StackName
from .output import progress_bar
from .stack import Stack, find_stack
from .verdict import Part, Verdict, print_verdict


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
            metavar="FILE",
            help="Verify this export instead; needs no AWS.",
            show_default=False,
        ),
    ] = None,
    expect_head: Annotated[
        KeptHead | None,
        typer.Option(
            metavar="SEQUENCE:HASH",
            parser=_read_kept_head,
            help="A head noted earlier, which the chain must still contain.",
            show_default=False,
        ),
    ] = None,
    table: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Read this table, a restored copy, instead of the stack's own.",
            show_default=False,
        ),
    ] = None,
    as_json: AsJson = False,
    stack: StackName = None,
) -> None:
    """Recompute every hash of a workspace's chain from the table, or of an export file.

    Exit status: 0 when the chain is valid, 1 when it is broken, 2 when it could not be told (the
    table does not answer, there is no such workspace or file).

    It finds changed, removed, inserted and swapped records. A chain whose end was cut off is
    found with `--expect-head` and a head noted earlier. What part of a chain a file holds is told.

    Example: `indelible verify ws_4kT9mQ2vXbN7cRd1`, or `indelible verify --file november.ndjson.gz`
    """
    if (workspace is None) == (file is None):
        raise typer.BadParameter("Name a WORKSPACE, or a file with --file.")
    if table is not None and file is not None:
        raise typer.BadParameter("--table and --file exclude each other.")
    with exit_when_unable():
        verdict, started = Verdict(), time.perf_counter()
        if file is not None:
            workspace = _examine_file(file, expect_head, verdict)
        else:
            found = find_stack(stack)
            if table is not None:
                found = replace(found, table=replace(found.table, name=table))
            _examine(found, str(workspace), expect_head, verdict)
        seconds = time.perf_counter() - started
        print_verdict(str(workspace), verdict, seconds, as_json=as_json)
    if verdict.broken:
        raise typer.Exit(REFUSED)


def _examine(stack: Stack, workspace_id: str, expected: KeptHead | None, verdict: Verdict) -> None:
    from ..aws.ledger import DynamoDBLedger
    from ..aws.workspaces import get_workspace

    get_workspace(stack.table, workspace_id)
    ledger = DynamoDBLedger(stack.table)
    segments = ledger.stored(workspace_id, 1)
    with progress_bar() as progress:
        task = progress.add_task("Verifying", total=_length(ledger, workspace_id))
        for records in _verify(workspace_id, segments, expected, verdict):
            progress.advance(task, records)


def _examine_file(file: Path, expected: KeptHead | None, verdict: Verdict) -> str:
    """Whose chain the file holds."""
    try:
        with file.open("rb") as stream, progress_bar() as progress:
            reader = ExportReader(stream)
            task = progress.add_task("Verifying", total=reader.manifest.records)
            for step in verify_file(reader, expected):
                verdict.records += step.events
                verdict.head = step.head
                verdict.add(step.breaks)
                progress.advance(task, step.events)
            verdict.part = Part(reader.manifest, reader.records_read)
    except OSError as error:
        raise IndelibleError(f"{file} cannot be read: {error.strerror}.") from None
    except Unreadable as error:
        raise IndelibleError(f"{file} is not an export: {error}.") from None
    if expected and (missed := expected.check()):
        verdict.add([missed])
    return reader.manifest.workspace_id


def _length(ledger: Ledger, workspace_id: str) -> int | None:
    """How many records the chain seems to have."""
    try:
        newest = ledger.newest(workspace_id)
    except Unreadable:
        return None
    return newest.last_sequence if newest else 0


def _verify(
    workspace_id: str,
    segments: Iterable[Segment | Damaged],
    expected: KeptHead | None,
    verdict: Verdict,
) -> Iterator[int]:
    """Fill in the verdict; yields the number of records of each segment."""
    passing = expected.watch(segments) if expected else segments
    for step in verify(workspace_id, passing):
        verdict.records += step.events
        verdict.segments += 1
        verdict.head = step.head
        verdict.add(step.breaks)
        yield step.events
    if expected and (missed := expected.check()):
        verdict.add([missed])
