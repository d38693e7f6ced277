"""Output: colours and tables for a terminal, plain and complete text for a pipe."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import BufferedWriter, RawIOBase, TextIOWrapper

import typer
from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from ..errors import IndelibleError

_UNLIMITED_WIDTH = 100_000
"""Columns of a line that goes to a pipe, so that nothing is folded."""


def escape_controls(text: str) -> str:
    """Escape characters that could control a terminal, because clients choose names and events."""
    return "".join(
        each if each.isprintable() else each.encode("unicode_escape", "replace").decode()
        for each in text
    )


def as_shown(text: str) -> str:
    """The text as standard output shows it, with everything escaped that it cannot carry."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    return escape_controls(text).encode(encoding, "backslashreplace").decode(encoding)


def padded(text: str, width: int) -> str:
    """The text as it is shown, with spaces up to so many columns of a terminal."""
    shown = as_shown(text)
    return shown + " " * (width - cell_len(shown))


def prepare_output() -> None:
    """Have standard output escape the characters that its encoding lacks, as in `\\u0141`.

    With PYTHONUNBUFFERED, Python passes each text on in one call. It does not notice if a full disk
    takes only a part. So standard output gets a buffer, which writes everything or raises OSError.
    """
    if not isinstance(sys.stdout, TextIOWrapper):
        return
    if isinstance(sys.stdout.buffer, RawIOBase):
        buffered = BufferedWriter(sys.stdout.buffer)
        sys.stdout = TextIOWrapper(buffered, encoding=sys.stdout.encoding)
    sys.stdout.reconfigure(errors="backslashreplace")


@contextmanager
def writing_output() -> Iterator[None]:
    """Raise IndelibleError when standard output is closed or cannot be written.

    What is not written yet is dropped then, because Python would try again when it exits. A broken
    pipe is no failure: its reader has enough. An error that names a file is not one of the output.
    """
    if sys.stdout is None:
        raise IndelibleError("The output cannot be written: standard output is closed.")
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        if error.filename is not None:
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise IndelibleError(f"The output cannot be written: {error.strerror}.") from None


def say(text: str, style: str = "") -> None:
    """Print a line without folding it."""
    with writing_output():
        _console().print(Text(escape_controls(text), style), soft_wrap=True)


def note(text: str) -> None:
    """Print a line to standard error that is no complaint."""
    Console(stderr=True, highlight=False).print(Text(escape_controls(text)), soft_wrap=True)


def complain(sentence: str) -> None:
    """Print a line to standard error."""
    Console(stderr=True).print(Text(escape_controls(sentence), "red"), soft_wrap=True)


def confirm(question: str) -> None:
    """Ask for a yes, and end the command without it. IndelibleError when nobody can answer."""
    if sys.stdin is None:
        raise IndelibleError("Standard input is closed. Use --yes to confirm.")
    typer.confirm(escape_controls(question), abort=True)


def print_json(value: object, *, indent: int | None = 2) -> None:
    """Print JSON, in ASCII."""
    with writing_output():
        sys.stdout.write(json.dumps(value, indent=indent) + "\n")
        sys.stdout.flush()


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows under headings. The first column names the row.

    On a narrow terminal, all columns but the first are folded.
    """
    table = Table(box=SIMPLE_HEAD if sys.stdout.isatty() else None, pad_edge=False)
    for number, column in enumerate(columns):
        table.add_column(column, overflow="fold", no_wrap=number == 0)
    for row in rows:
        table.add_row(*(Text(_cell(value)) for value in row))
    with writing_output():
        _console().print(table)


def print_facts(facts: Mapping[str, object]) -> None:
    """Print one name and value per line."""
    width = max(map(len, facts))
    for name, value in facts.items():
        say(f"{name:<{width}}  {_cell(value)}")


def _cell(value: object) -> str:
    return "-" if value is None else as_shown(str(value))


def counted(number: int, noun: str) -> str:
    """Return a number with its noun, such as `1 record` or `1,000 records`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


@contextmanager
def waiting(why: str) -> Iterator[None]:
    """Show on standard error why the command waits, if that is a terminal."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield
        return
    with console.status(why):
        yield


def progress_bar() -> Progress:
    """Return a progress bar on standard error; it is hidden unless that is a terminal."""
    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )


def _console() -> Console:
    return Console(width=None if sys.stdout.isatty() else _UNLIMITED_WIDTH, highlight=False)
