"""Turns each failure into one sentence and an exit status."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from ..errors import IndelibleError
from .output import complain

REFUSED = 1
"""Refused or failed. For `verify`: the chain is broken. For `index verify`: the index is wrong."""

UNABLE = 2
"""The command could not run. For both kinds of `verify`: the check could not be completed."""


class NoStack(IndelibleError):
    """There is no stack to work on."""


@contextmanager
def exit_on_failure(status: int) -> Iterator[None]:
    """Print what failed and exit with `status`, or with UNABLE when there is no stack."""
    try:
        yield
    except IndelibleError as error:
        complain(sentence_of(error))
        raise typer.Exit(UNABLE if isinstance(error, NoStack) else status) from error
    except BrokenPipeError:  # the reader of a pipe has enough: click ends quietly
        raise
    except OSError as error:  # a file that cannot be read or written
        complain(f"{error.filename}: {error.strerror}" if error.filename else str(error))
        raise typer.Exit(status) from error
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "botocore":
            raise
        complain('This command needs AWS libraries. Run `pip install "indelible[aws]"`.')
        raise typer.Exit(UNABLE) from error


@contextmanager
def exit_when_unable() -> Iterator[None]:
    """Exit with UNABLE when a check cannot be completed, even because of a bug in it.

    So a check that stopped never looks like a broken chain.
    """
    with exit_on_failure(UNABLE):
        try:
            yield
        except (IndelibleError, ModuleNotFoundError, BrokenPipeError):
            raise
        except Exception as error:
            traceback.print_exc()
            raise typer.Exit(UNABLE) from error


def sentence_of(error: IndelibleError) -> str:
    """Return the error's text, with the text of its cause if AWS caused it."""
    return f"{error} ({error.__cause__})" if error.__cause__ else str(error)
