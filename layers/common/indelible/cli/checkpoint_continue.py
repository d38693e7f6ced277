"""`indelible checkpoint continue`: lets a new log name the one that it goes on from."""

# ruff: noqa: PLC0415 (what few commands need is imported when one of them runs)
from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..checkpoints.proof_file import read_proof_file
from ..checkpoints.requests import ContinueRequest
from ..errors import IndelibleError, Unreadable
from ..runtime.clock import now
from ..tlog.checkpoint import Checkpoint, read_checkpoint
from ..tlog.keys import is_key_name
from ..tlog.note import Note, read_note
from ..tlog.proof import MAX_PROOF_BYTES
from .log import log_of
from .options import StackName, Yes, read_file_name
from .output import confirm, say
from .source import reading_from
from .stack import Stack, find_stack


def continue_log(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            parser=read_file_name,
            help="The last checkpoint of the old log, or any checkpoint file with it.",
            show_default=False,
        ),
    ],
    yes: Yes = False,
    stack: StackName = None,
) -> None:
    """Let this stack's new log begin with the last checkpoint of a log that cannot go on.

    Use it if the key of the old log, or its Region, is lost. Run it before the first run of the new
    log, while checkpoints are still switched off: its first entry then names the old log, for ever.
    No signature in FILE is checked.

    Example: `indelible checkpoint continue old-log.checkpoint`
    """
    from ..aws.turns import DynamoDBTurns

    old = _read_old(file)
    target = find_stack(stack)
    _check_new_log(target, old)
    say(f"The old log is {old.origin}, of size {old.size:,}.")
    if not yes:
        confirm("Let the first run of the new log say that it goes on from there?")
    DynamoDBTurns(target.table).request(ContinueRequest(old.origin, old.size, old.root), now())
    say("The first run says so. Tell your verifiers the new log's name and key.")


def _read_old(file: Path) -> Checkpoint:
    with reading_from(file, str(file)) as stream:
        content = stream.read(MAX_PROOF_BYTES + 1)
    try:
        found = read_checkpoint(_note_in(content).text)
    except Unreadable as error:
        raise IndelibleError(f"{file} is no checkpoint of a log: {error}.") from None
    if not is_key_name(found.origin):
        raise IndelibleError(f"{file} is no checkpoint of a log: its first line is no name.")
    return found


def _note_in(content: bytes) -> Note:
    try:
        return read_proof_file(content).note
    except Unreadable:
        return read_note(content)


def _check_new_log(stack: Stack, old: Checkpoint) -> None:
    """Raise IndelibleError if the log of the stack has begun, or has the name of the old one."""
    from ..covering.newest_run import find_newest_run

    log = log_of(stack)
    if log is None:
        return
    if log.origin == old.origin:
        raise IndelibleError(f"The new log needs another name than {old.origin} (LogOrigin).")
    if find_newest_run(log.bucket, 0):
        raise IndelibleError(f"The log {log.origin} has begun. Only its first entry can say that.")
