"""`indelible verify`: recompute a chain from its records, and report whether it is valid."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..verifying.in_processes import Verify, verifier
from ..verifying.kept_head import KeptHead
from .failure import REFUSED, exit_when_unable
from .options import AsJson, StackName, read_duration, read_file_name, whole_number
from .output import progress_bar
from .stack import find_stack
from .standing import FindStanding, find_standings
from .trusted_keys import LogKey, PolicyFile, pinned_trust
from .verdict import print_verdict
from .verify_all import verify_all
from .verify_export import verify_export
from .verify_proof import check_proof
from .verify_table import verify_table

if TYPE_CHECKING:
    from ..aws.table import Table

MAX_JOBS = 61
"""Maximum processes: Windows has no larger pools. More than processors are of no use anyway."""


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
    every: Annotated[
        bool, typer.Option("--all", help="Verify the chains of all workspaces.")
    ] = False,
    jobs: Annotated[
        int,
        typer.Option(
            metavar="N",
            parser=whole_number(1, MAX_JOBS),
            help="Verify a table in so many processes. Useful for chains of a million records.",
        ),
    ] = 1,
    checkpoint: Annotated[
        Path | None,
        typer.Option(
            "--checkpoint",
            parser=read_file_name,
            metavar="FILE",
            help="Verify this checkpoint file instead. It needs no AWS, and no network.",
            show_default=False,
        ),
    ] = None,
    proof: Annotated[
        Path | None,
        typer.Option(
            "--proof",
            parser=read_file_name,
            metavar="FILE",
            help="Verify this proof of an event instead. It needs no AWS, and no network.",
            show_default=False,
        ),
    ] = None,
    policy: PolicyFile = None,
    key: LogKey = None,
    against_log: Annotated[
        bool,
        typer.Option(
            "--against-log",
            help="Ask the API at INDELIBLE_URL whether the log of today still contains everything "
            "that the checkpoint or the proof covers.",
        ),
    ] = False,
    max_age: Annotated[
        int | None,
        typer.Option(
            parser=read_duration,
            metavar="TIME",
            help="Refuse a checkpoint or a proof that is older, such as 10m. With --against-log, "
            "the newest checkpoint must not be older.",
            show_default=False,
        ),
    ] = None,
    as_json: AsJson = False,
    stack: StackName = None,
) -> None:
    """Recompute every hash of a chain in the table, of all chains, or of a file.

    Exit status: 0 if the chain is valid, 1 if it is broken, 2 if it could not be verified, because
    the table does not answer or there is no such workspace or file. With `--all`, 1 if any chain is
    broken, and 2 if none is and any could not be verified. The others are verified in any case.

    It finds changed, removed, inserted and swapped records, and compares a chain with what the log
    covers. To find out whether the end was cut off of a file, or of a chain before it was covered,
    pass a head noted earlier with `--expect-head`. It prints up to where the chain is covered, and
    for a file also which part of the chain the file holds.

    `--checkpoint` and `--proof` check a file that proves how far a chain is covered by the log, or
    one event of it. They need a key that you trust: `--policy` or `--key`. With one of these, the
    signatures of the checkpoint in an export file are checked, too. The exit status is 2 if it has
    none that vouches for any of its records.

    Example: `indelible verify ws_4kT9mQ2vXbN7cRd1`, or `indelible verify --all`, or `indelible
    verify --file november.ndjson.gz`
    """
    given = [each is not None for each in (workspace, file, checkpoint, proof)]
    if sum(given) + every != 1:
        raise typer.BadParameter("Give one of WORKSPACE, --all, --file, --checkpoint and --proof.")
    if checkpoint is not None or proof is not None:
        if table is not None or expect_head is not None or jobs > 1:
            raise typer.BadParameter("--table, --expect-head and --jobs are for chains.")
        raise typer.Exit(
            check_proof(checkpoint, proof, policy, key, against_log, max_age, as_json=as_json)
        )
    if against_log or max_age is not None:
        raise typer.BadParameter("--against-log and --max-age need --checkpoint or --proof.")
    if (policy or key) and file is None:
        raise typer.BadParameter("--policy and --key need --file, --checkpoint or --proof.")
    _check_usage(file, expect_head, table, jobs, every=every)
    with exit_when_unable():
        if file is not None:
            pinned = pinned_trust(policy, key)
            status = verify_export(file, expect_head, pinned, as_json=as_json)
        else:
            found = find_stack(stack)
            find_standing = find_standings(found, is_copy=table is not None)
            if table is not None:
                found = replace(found, table=replace(found.table, name=table))
            with verifier(jobs) as verify:
                if workspace is None:
                    status = verify_all(found.table, verify, find_standing, as_json=as_json)
                else:
                    status = _verify_one(
                        found.table, workspace, verify, expect_head, find_standing, as_json=as_json
                    )
    if status:
        raise typer.Exit(status)


def _check_usage(
    file: Path | None, expect_head: KeptHead | None, table: str | None, jobs: int, *, every: bool
) -> None:
    if table is not None and file is not None:
        raise typer.BadParameter("--table and --file are mutually exclusive.")
    if jobs > 1 and file is not None:
        raise typer.BadParameter("--jobs and --file are mutually exclusive.")
    if every and expect_head is not None:
        raise typer.BadParameter("--all and --expect-head are mutually exclusive.")


def _verify_one(
    table: Table,
    workspace_id: str,
    verify: Verify,
    expected: KeptHead | None,
    find_standing: FindStanding | None,
    *,
    as_json: bool,
) -> int:
    """Verify the chain of a workspace and print the verdict. Returns the exit status."""
    started = time.perf_counter()
    with progress_bar() as bar:
        task = bar.add_task("Verifying", total=None)
        verdict = verify_table(
            table,
            workspace_id,
            verify,
            lambda records, length: bar.update(task, completed=records, total=length),
            expected,
            find_standing,
        )
    seconds = time.perf_counter() - started
    print_verdict(workspace_id, verdict, seconds, as_json=as_json)
    return REFUSED if verdict.broken else 0
