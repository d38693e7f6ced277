"""Arguments and options that several commands share."""

from __future__ import annotations

from typing import Annotated

import typer

from ..accounts.workspace import MAX_NAME
from ..encoding import replace_surrogates


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
