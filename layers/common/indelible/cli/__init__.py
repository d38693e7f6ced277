"""The command line, `indelible`. Each module is a command or a group of them; docs/cli.md.

Nothing here imports an AWS library before a command needs it: an auditor has none installed.
"""

from __future__ import annotations

from typing import Annotated

import typer

from .. import __version__
from . import dlq, export, index, key, tail, verify, workspace
from .failure import Commands

app = typer.Typer(
    cls=Commands,
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,  # they hold secrets
    rich_markup_mode="markdown",
)
app.add_typer(workspace.app, name="workspace")
app.add_typer(key.app, name="key")
app.command("verify")(verify.verify_chain)
app.command("export")(export.export_chain)
app.command("tail")(tail.show_tail)
app.add_typer(dlq.app, name="dlq")
app.add_typer(index.app, name="index")


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"indelible {__version__}")
        raise typer.Exit


@app.callback()
def describe(
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Operate Indelible, a tamper-evident audit log.

    Commands work on the stack that `--stack NAME` or INDELIBLE_STACK names, in the AWS account and
    Region of your ordinary credentials (AWS_PROFILE, AWS_REGION). Without a name they work on the
    local stack of `make up`, from the project's folder or below it.

    Start with: `indelible workspace create "Acme"`, then `indelible key create WORKSPACE`.
    """


def main() -> None:
    """The program."""
    app()
