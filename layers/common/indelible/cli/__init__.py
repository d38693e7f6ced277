"""The command line, `indelible`. Each module is a command or a group of commands (docs/cli.md).

AWS libraries are imported only when a command needs them, because auditors have none installed.
"""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from .. import __version__
from ..errors import IndelibleError
from . import (
    checkpoint,
    dlq,
    export,
    index,
    key,
    open_viewer,
    proof,
    receipts,
    tail,
    verify,
    version,
    witness,
    workspace,
)
from .commands import HELP_OPTIONS, Commands
from .failure import REFUSED
from .output import complain, prepare_output, writing_output

app = typer.Typer(
    cls=Commands,
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,  # local variables may hold secrets
    rich_markup_mode="markdown",
    context_settings={"help_option_names": HELP_OPTIONS},
)
app.add_typer(workspace.app, name="workspace")
app.add_typer(key.app, name="key")
app.command("verify")(verify.verify_chain)
app.command("proof")(proof.fetch_proof)
app.add_typer(receipts.app, name="receipts")
app.add_typer(checkpoint.app, name="checkpoint")
app.add_typer(witness.app, name="witness")
app.command("export")(export.export_chain)
app.command("tail")(tail.show_tail)
app.command("open")(open_viewer.open_viewer)
app.add_typer(dlq.app, name="dlq")
app.add_typer(index.app, name="index")
app.command("version")(version.show_version)


def _show_version(is_requested: bool) -> None:
    if is_requested:
        typer.echo(f"indelible {__version__}")
        raise typer.Exit


@app.callback()
def describe(
    context: typer.Context,
    stack: Annotated[
        str | None,
        typer.Option(
            "--stack",
            metavar="NAME",
            envvar="INDELIBLE_STACK",
            help="The CloudFormation stack to work on. Default: the local stack.",
        ),
    ] = None,
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Operate Indelible, a tamper-evident audit log.

    Commands work on the stack named by `--stack NAME` or INDELIBLE_STACK. They use your ordinary
    AWS credentials and Region (AWS_PROFILE, AWS_REGION). Without a name they work on the local
    stack, which `make up` starts; run them in the project's folder or below it.

    Start with: `indelible workspace create "Acme"`, then `indelible key create WORKSPACE`.
    """
    context.obj = stack


def main() -> None:
    """Run the command line."""
    prepare_output()
    try:
        with writing_output():
            app()
    except IndelibleError as error:  # help and version are printed before a command runs
        complain(str(error))
        sys.exit(REFUSED)
