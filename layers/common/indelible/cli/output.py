"""Output: for people in colour and tables, for programs whole and without decoration."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

_NO_END = 100_000
"""The width of a line that nobody looks at."""


def printable(text: str) -> str:
    """The text with what could steer a terminal written out; others choose names and events."""
    return "".join(
        each if each.isprintable() else each.encode("unicode_escape", "replace").decode()
        for each in text
    )


def say(text: str, style: str = "") -> None:
    """Print a line, whatever its length."""
    _console().print(Text(printable(text), style), soft_wrap=True)


def complain(sentence: str) -> None:
    """Print a line to standard error."""
    Console(stderr=True).print(Text(printable(sentence), "red"), soft_wrap=True)


def print_json(value: object, *, indent: int | None = 2) -> None:
    """Print JSON, in ASCII."""
    sys.stdout.write(json.dumps(value, indent=indent) + "\n")
    sys.stdout.flush()


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows under headings, which name the row first.

    Where a terminal is too narrow, the other columns are folded.
    """
    table = Table(box=SIMPLE_HEAD if sys.stdout.isatty() else None, pad_edge=False)
    for index, column in enumerate(columns):
        table.add_column(column, overflow="fold", no_wrap=index == 0)
    for row in rows:
        table.add_row(*(Text(_cell(value)) for value in row))
    _console().print(table)


def print_facts(facts: Mapping[str, object]) -> None:
    """Print a name and a value per line."""
    width = max(map(len, facts))
    for name, value in facts.items():
        say(f"{name:<{width}}  {_cell(value)}")


def _cell(value: object) -> str:
    return "-" if value is None else printable(str(value))


def counted(number: int, noun: str) -> str:
    """A number of things, such as `1 record` or `1,000 records`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


@contextmanager
def waiting(why: str) -> Iterator[None]:
    """Say on standard error why nothing happens for a while, if that is a terminal."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield
        return
    with console.status(why):
        yield


def progress_bar() -> Progress:
    """A progress bar on standard error, if that is a terminal."""
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
    return Console(width=None if sys.stdout.isatty() else _NO_END, highlight=False)
