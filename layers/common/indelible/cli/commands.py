"""The group of all commands: what its help shows, and how a failure ends it."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperGroup

from .failure import REFUSED, exit_on_failure
from .output import writing_output

HELP_OPTIONS = ["-h", "--help"]


def _hide_types_of_flags(command: Any) -> None:
    """Show flags in the help without a type, which says nothing: they have no value."""
    context = typer.Context(command, help_option_names=HELP_OPTIONS)
    for each in command.get_params(context):
        if getattr(each, "is_flag", False):
            each.metavar = ""
    for each in getattr(command, "commands", {}).values():
        _hide_types_of_flags(each)


class Commands(TyperGroup):
    """The group of all commands. Prints a failure as one sentence instead of a traceback."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        _hide_types_of_flags(self)

    def invoke(self, ctx: Any) -> Any:
        """Run the command that the user chose."""
        with exit_on_failure(REFUSED), writing_output():  # also the help of a command
            return super().invoke(ctx)
