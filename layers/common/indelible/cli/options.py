"""Arguments and options that several commands share."""

from __future__ import annotations

from typing import Annotated

import typer

StackName = Annotated[
    str | None,
    typer.Option(
        "--stack",
        metavar="NAME",
        envvar="INDELIBLE_STACK",
        help="The CloudFormation stack to work on. Default: the local stack.",
    ),
]

WorkspaceId = Annotated[
    str,
    typer.Argument(
        metavar="WORKSPACE",
        help="The workspace's id, such as ws_4kT9mQ2vXbN7cRd1.",
        show_default=False,
    ),
]

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
