"""The file that a command reads, or standard input."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from ..errors import IndelibleError


@contextmanager
def reading_from(file: Path, shown: str) -> Iterator[BinaryIO]:
    """The file, open for reading. A dash is standard input. `shown` is its name in errors.

    Raises IndelibleError when it cannot be read.
    """
    if str(file) == "-" and sys.stdin is None:
        raise IndelibleError("Standard input cannot be read: it is closed.")
    try:
        if str(file) == "-":
            yield sys.stdin.buffer
            return
        with file.open("rb") as stream:
            yield stream
    except OSError as error:
        raise IndelibleError(f"{shown} cannot be read: {error.strerror}.") from None
