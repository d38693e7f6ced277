"""The command line, run in this process, and the data that its tests put into a stack."""

from __future__ import annotations

import gzip
import os
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from indelible.aws.ledger import DynamoDBLedger
from indelible.chain.hashes import EMPTY
from indelible.chain.segment import Segment
from indelible.cli import app
from indelible.cli.stack import Stack
from indelible.writing.build_segment import build_segment
from support.builders import a_message, a_queued_event
from typer import testing
from typer.main import get_command

vars(testing)["_get_command"] = cache(get_command)  # to build all commands takes 70 ms


@dataclass(frozen=True)
class Outcome:
    """The output of a command and its exit status."""

    status: int
    stdout: str
    stderr: str


def run(*arguments: str, answer: str = "") -> Outcome:
    """Run the command line; the test fails on any exception that escapes."""
    result = testing.CliRunner().invoke(app, list(arguments), input=answer)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Outcome(result.exit_code, result.stdout, result.stderr)


def a_workspace(name: str = "Acme") -> str:
    """The id of a new workspace."""
    outcome = run("workspace", "create", name)
    assert outcome.status == 0, outcome.stderr
    return outcome.stdout.strip()


def chain_events(stack: Stack, workspace_id: str, *sizes: int) -> list[Segment]:
    """Chain this many events; each number makes a segment."""
    ledger = DynamoDBLedger(stack.table)
    segments = []
    for size in sizes:
        newest = ledger.newest(workspace_id)
        now = time.time_ns() // 1_000
        events = [a_queued_event(n, now, resource_id=f"doc_{n}") for n in range(1, size + 1)]
        segment = build_segment(workspace_id, newest.head if newest else EMPTY, events, os.urandom)
        ledger.append(segment)
        segments.append(segment)
    return segments


def bodies(workspace_id: str, count: int, events: int = 1) -> list[str]:
    """Messages with this many events each, all different."""
    return [
        a_message(
            *(a_queued_event(events * n + each) for each in range(events)),
            workspace_id=workspace_id,
        )
        for n in range(count)
    ]


def lines_of(file: Path) -> list[str]:
    """The lines of an export file."""
    return gzip.decompress(file.read_bytes()).decode().splitlines()
