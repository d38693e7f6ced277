"""A file on disk that is there as a whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from typing import BinaryIO, Union


@contextmanager
def whole_file(path: Union[str, PathLike[str]]) -> Iterator[BinaryIO]:
    """Open `<path>.part` for writing; rename it at the end, or remove it if that fails."""
    part = Path(f"{path}.part")
    try:
        with part.open("wb") as file:
            yield file
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
