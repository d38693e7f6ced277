"""Failures: each becomes one sentence and an exit status."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import typer
from typer.core import TyperGroup

from ..errors import IndelibleError
from .output import complain

REFUSED = 1
"""The operation was refused or failed; of `verify`: the chain is broken, or its index is wrong."""

UNABLE = 2
"""The command could not be tried; of `verify`: it could not tell."""


class NoStack(IndelibleError):
    """There is nothing to work on."""


@contextmanager
def exit_on_failure(status: int) -> Iterator[None]:
    """Say what failed, and exit with `status`; with `UNABLE` when there was nothing to work on."""
    try:
        yield
    except IndelibleError as error:
        complain(_sentence(error))
        raise typer.Exit(UNABLE if isinstance(error, NoStack) else status) from error
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in {"boto3", "botocore"}:
            raise
        complain('This command works on AWS; install it with `pip install "indelible[aws]"`.')
        raise typer.Exit(UNABLE) from error


@contextmanager
def exit_when_unable() -> Iterator[None]:
    """Let nothing that stops a check look like what it looks for, not even a mistake of ours."""
    with exit_on_failure(UNABLE):
        try:
            yield
        except (IndelibleError, ModuleNotFoundError):
            raise
        except Exception as error:
            traceback.print_exc()
            raise typer.Exit(UNABLE) from error


def _sentence(error: IndelibleError) -> str:
    """What we say of it and, where AWS was the cause, what AWS says."""
    return f"{error} ({error.__cause__})" if error.__cause__ else str(error)


class Commands(TyperGroup):
    """All commands, whose failures are said in one sentence."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command that the user asked for."""
        with exit_on_failure(REFUSED):
            return super().invoke(ctx)
