"""`indelible verify --file`: verifies an export file."""

from __future__ import annotations

import sys
import time
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import BinaryIO

from ..errors import IndelibleError
from ..verifying.export_file import verify_file
from ..verifying.kept_head import KeptHead
from .failure import REFUSED
from .output import progress_bar
from .verdict import Part, Verdict, print_verdict
from .wrong_file import read_export


def verify_export(file: Path, expected: KeptHead | None, *, as_json: bool) -> int:
    """Verify a file and print the verdict. Returns the exit status."""
    verdict, started = Verdict(), time.perf_counter()
    shown = "Standard input" if str(file) == "-" else str(file)
    try:
        with _opened(file) as stream, progress_bar() as progress:
            reader = read_export(stream, shown)
            task = progress.add_task("Verifying", total=reader.manifest.records)
            for step in verify_file(reader, expected):
                verdict.add_step(step)
                progress.advance(task, step.events)
            verdict.part = Part(reader.manifest, reader.records_read)
    except OSError as error:
        raise IndelibleError(f"{shown} cannot be read: {error.strerror}.") from None
    verdict.compare(expected)
    seconds = time.perf_counter() - started
    print_verdict(reader.manifest.workspace_id, verdict, seconds, as_json=as_json)
    return REFUSED if verdict.broken else 0


def _opened(file: Path) -> AbstractContextManager[BinaryIO]:
    """The file, open for reading. A dash is standard input. IndelibleError when that is closed."""
    if str(file) != "-":
        return file.open("rb")
    if sys.stdin is None:
        raise IndelibleError("Standard input cannot be read: it is closed.")
    return nullcontext(sys.stdin.buffer)
