"""`indelible export`: write a chain, or a part of it, to a file that anybody can verify."""

# ruff: noqa: PLC0415 (AWS libraries are imported when a command needs them)
from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..errors import IndelibleError
from ..exporting.chunks import file_header, first_place, read_chunks
from ..exporting.job import Format
from ..exporting.range import make_manifest
from ..filters import Filters
from ..runtime.clock import now
from .filter_options import takes_filters
from .options import StackName, WorkspaceId
from .output import complain, counted, progress_bar, say
from .stack import find_stack


@takes_filters
def export_chain(
    *,
    workspace: WorkspaceId,
    out: Annotated[
        Path, typer.Option("--out", metavar="FILE", help="The file to write, as gzipped NDJSON.")
    ],
    force: Annotated[bool, typer.Option("--force", help="Replace an existing file.")] = False,
    stack: StackName = None,
    filters: Filters,
) -> None:
    """Write a workspace's records to a file that anybody can verify, without AWS.

    Keep the head that it prints: with it, `indelible verify --file` shows whether the file is
    complete. Of records that do not match the filters, the file has only the hashes, so that it
    still verifies. Damage in the chain is written to the file as it is, for `verify` to report.

    Example: `indelible export ws_4kT9mQ2vXbN7cRd1 --out november.ndjson.gz`
    """
    from ..aws.ledger import DynamoDBLedger
    from ..aws.workspaces import get_workspace

    if out.exists() and not force:
        raise IndelibleError(f"{out} already exists. Choose another file, or use --force.")
    table = find_stack(stack).table
    get_workspace(table, workspace)
    ledger = DynamoDBLedger(table)
    manifest = make_manifest(ledger, workspace, filters, now())
    chunks = read_chunks(ledger, Format.NDJSON, filters, manifest, first_place(ledger, manifest))
    unfinished = out.with_name(out.name + ".unfinished")
    with progress_bar() as progress, unfinished.open("wb") as file:
        task = progress.add_task("Exporting", total=manifest.records)
        file.write(file_header(Format.NDJSON, manifest))
        for chunk in chunks:
            file.write(chunk.body)
            progress.advance(task, chunk.rows)
    unfinished.replace(out)
    say(f"{out}: {counted(manifest.records, 'record')}, {counted(out.stat().st_size, 'byte')}.")
    if manifest.damage_after_head:
        complain(f"The end of the chain cannot be read: {manifest.damage_after_head}")
    if manifest.head.sequence:
        say(f"head {manifest.head.sequence}:{manifest.head.event_hash.hex()}")
