"""`indelible export`: write a chain, or a part of it, to a file that anybody can verify."""

# ruff: noqa: PLC0415 (AWS libraries are imported when a command needs them)
from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..exporting.chunks import file_header, first_place, read_chunks
from ..exporting.job import Format
from ..exporting.range import make_manifest
from ..filters import Filters
from ..runtime.clock import now
from .filter_options import takes_filters
from .log import log_of
from .options import AsJson, StackName, WorkspaceId, one_of, read_file_name
from .output import complain, counted, note, print_json, progress_bar, say
from .stack import Stack, find_stack
from .target import STANDARD_OUTPUT, writing_to

if TYPE_CHECKING:
    from ..export_file.manifest import Manifest


@takes_filters
def export_chain(
    *,
    workspace: WorkspaceId,
    out: Annotated[
        Path,
        typer.Option(
            "--out",
            parser=read_file_name,
            metavar="FILE",
            help="The file to write; - is standard output.",
        ),
    ],
    file_format: Annotated[
        Format,
        typer.Option(
            "--format",
            parser=one_of(Format),
            metavar="|".join(Format),
            help="Gzipped NDJSON that can be verified, or CSV for people.",
        ),
    ] = Format.NDJSON,
    bom: Annotated[
        bool, typer.Option("--bom", help="Begin the CSV file with a byte order mark, for Excel.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing file.")] = False,
    as_json: AsJson = False,
    stack: StackName = None,
    filters: Filters,
) -> None:
    """Write a workspace's records to a file that anybody can verify, without AWS.

    Keep the head that it prints: with it, `indelible verify --file` shows whether the file is
    complete. Of records that do not match the filters, the file has only the hashes, so that it
    still verifies. Damage in the chain is written to the file as it is, for `verify` to report. The
    file carries the newest checkpoint, if the stack makes any.

    Example: `indelible export ws_4kT9mQ2vXbN7cRd1 --out november.ndjson.gz`
    """
    from ..aws.ledger import DynamoDBLedger
    from ..aws.workspaces import get_workspace

    if bom and file_format is not Format.CSV:
        raise typer.BadParameter("--bom needs --format csv.")
    if file_format is Format.CSV and out.suffix == ".gz":
        raise typer.BadParameter("--out must not end with .gz: a CSV file is not packed.")
    if as_json and out == STANDARD_OUTPUT:
        raise typer.BadParameter("--json and --out - are mutually exclusive.")
    found = find_stack(stack)
    get_workspace(found.table, workspace)
    ledger = DynamoDBLedger(found.table)
    manifest = make_manifest(ledger, workspace, filters, now())
    if file_format is Format.NDJSON:
        manifest = _with_checkpoint(found, manifest)
    chunks = read_chunks(ledger, file_format, filters, manifest, first_place(ledger, manifest))
    with writing_to(out, force=force) as file, progress_bar() as progress:
        task = progress.add_task("Exporting", total=manifest.records)
        size, events = file.write(file_header(file_format, manifest, bom=bom)), 0
        for chunk in chunks:
            size, events = size + file.write(chunk.body), events + chunk.rows
            progress.update(task, completed=chunk.next_sequence - manifest.first_sequence)
    _report(out, manifest, events, size, as_json=as_json)


def _with_checkpoint(stack: Stack, manifest: Manifest) -> Manifest:
    """The manifest with the newest checkpoint, if the stack makes any."""
    from ..proving.export_checkpoint import with_checkpoint
    from ..proving.newest import NewestRuns

    log = log_of(stack)
    if log is None:
        return manifest
    runs = NewestRuns(log.bucket, log.states, log.turns)
    return with_checkpoint(runs, log.bucket, log.ledger, manifest, now())


def _report(out: Path, manifest: Manifest, events: int, size: int, *, as_json: bool) -> None:
    """Say what was written, and the head to keep; on standard error if the file is the output.

    `events` is the number of records that match the filters.
    """
    head = manifest.head
    shown = f"{head.sequence}:{head.event_hash.hex()}" if manifest.records else None
    if manifest.damage_after_head:
        complain(f"The end of the chain cannot be read: {manifest.damage_after_head}")
    if as_json:
        counts = {"records": manifest.records, "events": events, "bytes": size}
        print_json(
            {"workspace_id": manifest.workspace_id, "file": str(out), **counts, "head": shown}
        )
        return
    tell = note if out == STANDARD_OUTPUT else say
    matching = f"{counted(events, 'event')} of " if manifest.text_filters else ""
    tell(f"{out}: {matching}{counted(manifest.records, 'record')}, {counted(size, 'byte')}.")
    tell(f"head {shown}" if shown else "No record is in the range, so there is no head to keep.")
