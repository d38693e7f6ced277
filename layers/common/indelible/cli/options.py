"""Arguments and options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from ..accounts.workspace import MAX_NAME
from ..encoding import replace_surrogates

_MAX_DIGITS = 18
_MAX_DURATION_DIGITS = 9
_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}

Choice = TypeVar("Choice", bound=StrEnum)


def one_of(choices: type[Choice]) -> Callable[[str], Choice]:
    """A parser for an option that has one of these values."""

    def read(text: str) -> Choice:
        if text in {*choices}:
            return choices(text)
        raise typer.BadParameter(f"must be one of {', '.join(choices)}")

    return read


def whole_number(lowest: int, highest: int | None = None) -> Callable[[str | int], int]:
    """A parser for an option that has a number. It also gets the default, which is one."""
    bounds = f"of at least {lowest:,}" if highest is None else f"from {lowest:,} to {highest:,}"

    def read(value: str | int) -> int:
        text = str(value)
        is_number = text.isascii() and text.isdecimal() and len(text) <= _MAX_DIGITS
        if is_number and lowest <= int(text) and (highest is None or int(text) <= highest):
            return int(text)
        raise typer.BadParameter(f"must be a whole number {bounds}")

    return read


def read_duration(text: str) -> int:
    """A parser for a time span such as `90s`, `10m`, `24h` or `7d`. Returns seconds."""
    number, unit = text[:-1], text[-1:]
    is_number = number.isascii() and number.isdecimal() and len(number) <= _MAX_DURATION_DIGITS
    if not is_number or unit not in _SECONDS:
        raise typer.BadParameter("must be a number and a unit, such as 90s, 10m, 24h or 7d")
    return int(number) * _SECONDS[unit]


def read_file_name(text: str) -> Path:
    """A parser for the name of a file. An empty one would be the current folder."""
    if not text:
        raise typer.BadParameter("must name a file")
    return Path(text)


def _or_before(context: typer.Context, name: str | None) -> str | None:
    """The stack named after the command, or else the one named before it or in the environment."""
    before: str | None = context.find_root().obj
    return name or before


def check_label(text: str) -> str:
    """The name of a workspace or the label of a key. Wrong usage if it is too long or not UTF-8."""
    if len(text) > MAX_NAME:
        raise typer.BadParameter(f"must have at most {MAX_NAME} characters, not {len(text)}")
    if replace_surrogates(text) != text:
        raise typer.BadParameter("must be valid UTF-8")
    return text


StackName = Annotated[
    str | None,
    typer.Option(
        "--stack",
        metavar="NAME",
        callback=_or_before,
        help="The CloudFormation stack to work on. Default: INDELIBLE_STACK, or the local stack.",
        show_default=False,
    ),
]
"""`--stack` after a command. It is the name that the command works with."""

WorkspaceId = Annotated[
    str,
    typer.Argument(
        metavar="WORKSPACE",
        help="The workspace's id, such as ws_4kT9mQ2vXbN7cRd1.",
        show_default=False,
    ),
]

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]

Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")]
