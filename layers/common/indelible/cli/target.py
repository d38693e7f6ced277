"""The file that a command writes: it appears when it is complete, and nothing else is left."""

from __future__ import annotations

import os
import secrets
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from ..errors import IndelibleError
from .output import writing_output

STANDARD_OUTPUT = Path("-")


@contextmanager
def writing_to(out: Path, *, force: bool) -> Iterator[BinaryIO]:
    """A stream whose content becomes the file `out`, if nothing fails.

    A regular file is written under another name beside it, and renamed. A link is followed, so it
    stays. A device or a pipe is written as it is, and never removed. `-` is standard output.

    Raises IndelibleError when it cannot be written. Without `force` also when `out` exists, or is a
    terminal, which events could control.
    """
    if out == STANDARD_OUTPUT:
        with writing_output():
            if sys.stdout.isatty() and not force:
                raise IndelibleError(
                    "Standard output is a terminal. Pipe it on, name a file, or use --force."
                )
            yield sys.stdout.buffer
            sys.stdout.buffer.flush()
        return
    try:
        existing = _status(out)
        if existing and stat.S_ISDIR(existing.st_mode):
            raise IndelibleError(f"{out} is a folder. Name a file.")
        if existing and not force:
            raise IndelibleError(f"{out} already exists. Choose another file, or use --force.")
        if existing and not stat.S_ISREG(existing.st_mode):
            with os.fdopen(os.open(out, os.O_WRONLY), "wb") as stream:
                yield stream
            return
        with _unfinished(out.resolve(), existing, force=force) as stream:
            yield stream
    except OSError as error:
        raise IndelibleError(f"{out} cannot be written: {error.strerror}.") from None


def _status(out: Path) -> os.stat_result | None:
    """What `out` is, following links; None if there is nothing."""
    try:
        return out.stat()
    except FileNotFoundError:
        return None


@contextmanager
def _unfinished(
    target: Path, existing: os.stat_result | None, *, force: bool
) -> Iterator[BinaryIO]:
    """A new file that becomes the target when it is complete.

    If it replaces a file, it has the same permissions. Without `force`, raises FileExistsError if
    another program has made the target meanwhile.
    """
    unfinished = target.with_name(f".{secrets.token_hex(8)}.unfinished")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            if existing:
                os.fchmod(descriptor, stat.S_IMODE(existing.st_mode))
            yield stream
        if not force:
            target.touch(exist_ok=False)  # not a hard link: some file systems have none
        unfinished.replace(target)
    except BaseException:
        with suppress(OSError):  # the first failure is the one to report
            unfinished.unlink()
        raise
