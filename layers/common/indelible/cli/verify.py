"""`indelible verify`: recompute a chain from its records, and report whether it is valid."""

from __future__ import annotations

import sys
import time
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from ..errors import IndelibleError, Unreadable, WrongProof
from ..tlog.policy import Policy, read_policy
from ..verifying.breaks import checkpoint_mismatch
from ..verifying.export_file import verify_file
from ..verifying.in_processes import Verify, verifier
from ..verifying.kept_head import KeptHead
from .failure import REFUSED, exit_when_unable
from .file_coverage import coverage_of
from .options import AsJson, StackName, read_file_name, whole_number
from .output import progress_bar
from .stack import find_stack
from .verdict import Part, Verdict, print_verdict
from .verify_all import verify_all
from .verify_table import verify_table
from .wrong_file import read_export

if TYPE_CHECKING:
    from ..aws.table import Table
    from ..export_file.manifest import Manifest

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
    policy: Annotated[
        Path | None,
        typer.Option(
            "--policy",
            metavar="POLICY",
            help="A tlog-policy file with the keys that you trust. With it, the signatures of the "
            "checkpoint in FILE are checked.",
            show_default=False,
        ),
    ] = None,
    as_json: AsJson = False,
    stack: StackName = None,
) -> None:
    """Recompute every hash of a chain in the table, of all chains, or of an export file.

    Exit status: 0 if the chain is valid, 1 if it is broken, 2 if it could not be verified, because
    the table does not answer or there is no such workspace or file. With `--all`, 1 if any chain is
    broken, and 2 if none is and any could not be verified. All others are verified all the same.

    It finds changed, removed, inserted and swapped records. To find out whether the end of the
    chain was cut off, pass a head noted earlier with `--expect-head`. For a file, it also prints
    which part of the chain the file holds, and up to where it is covered.

    Example: `indelible verify ws_4kT9mQ2vXbN7cRd1`, or `indelible verify --all`, or `indelible
    verify --file november.ndjson.gz`
    """
    if (workspace is not None) + (file is not None) + every != 1:
        raise typer.BadParameter("Give either a WORKSPACE, --all or --file.")
    if table is not None and file is not None:
        raise typer.BadParameter("--table and --file are mutually exclusive.")
    if jobs > 1 and file is not None:
        raise typer.BadParameter("--jobs and --file are mutually exclusive.")
    if policy is not None and file is None:
        raise typer.BadParameter("--policy needs --file.")
    if every and expect_head is not None:
        raise typer.BadParameter("--all and --expect-head are mutually exclusive.")
    with exit_when_unable():
        if file is not None:
            status = _verify_file(file, expect_head, policy, as_json=as_json)
        else:
            found = find_stack(stack).table
            found = found if table is None else replace(found, name=table)
            with verifier(jobs) as verify:
                if workspace is None:
                    status = verify_all(found, verify, as_json=as_json)
                else:
                    status = _verify_one(found, workspace, verify, expect_head, as_json=as_json)
    if status:
        raise typer.Exit(status)


def _verify_one(
    table: Table, workspace_id: str, verify: Verify, expected: KeptHead | None, *, as_json: bool
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
        )
    seconds = time.perf_counter() - started
    print_verdict(workspace_id, verdict, seconds, as_json=as_json)
    return REFUSED if verdict.broken else 0


def _verify_file(
    file: Path, expected: KeptHead | None, policy_file: Path | None, *, as_json: bool
) -> int:
    """Verify a file and print the verdict. Returns the exit status."""
    policy = _read_policy(policy_file) if policy_file else None
    verdict, started = Verdict(), time.perf_counter()
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
    verdict.compare(expected)
    _add_coverage(verdict, reader.manifest, policy)
    seconds = time.perf_counter() - started
    print_verdict(reader.manifest.workspace_id, verdict, seconds, as_json=as_json)
    return REFUSED if verdict.broken else 0


def _add_coverage(verdict: Verdict, manifest: Manifest, policy: Policy | None) -> None:
    """Say who vouches for the file's checkpoint; a break if its signatures are wrong.

    A file that is broken already says nothing about what is covered.
    """
    if verdict.broken:
        return
    try:
        verdict.coverage = coverage_of(manifest, policy)
    except WrongProof as error:
        verdict.add([checkpoint_mismatch(manifest.head.sequence, None, None, str(error))])


def _read_policy(file: Path) -> Policy:
    """The policy in a file. IndelibleError when it cannot be read."""
    try:
        return read_policy(file.read_bytes())
    except (OSError, Unreadable) as error:
        raise IndelibleError(f"{file} cannot be read: {error}.") from None


def _opened(file: Path) -> AbstractContextManager[BinaryIO]:
    """The file, open for reading. A dash is standard input. IndelibleError when that is closed."""
    if str(file) != "-":
        return file.open("rb")
    if sys.stdin is None:
        raise IndelibleError("Standard input cannot be read: it is closed.")
    return nullcontext(sys.stdin.buffer)
