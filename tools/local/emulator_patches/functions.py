"""Processes of functions: the Python that they run on, and their layer."""

import hashlib
import os
import sys
import threading
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from ministack.core import lambda_runtime  # type: ignore[import-not-found,unused-ignore]


def run_functions_with(python: str) -> None:
    """Run functions on a Python without packages, so that imports come from their layer."""
    sys.executable = python


def unpack_each_layer_once() -> None:
    """Let all processes of functions share one copy of a layer. Unpacking it takes seconds."""
    lambda_runtime.zipfile = SimpleNamespace(**{**vars(zipfile), "ZipFile": LayerOnce})


class LayerOnce(zipfile.ZipFile):
    """Unpacks each layer once, and gives every process a link to it."""

    _unpacking = threading.Lock()

    def extractall(self, path: Any = None, *arguments: Any, **named: Any) -> None:
        """Unpack as zipfile does; link in a folder that the emulator made for a layer."""
        target = Path(path)
        if not target.name.startswith("layer_"):
            super().extractall(path, *arguments, **named)
            return
        content = repr([(entry.filename, entry.CRC) for entry in self.infolist()])
        digest = hashlib.sha256(content.encode()).hexdigest()
        # The process id is in the name, because functions of an earlier emulator may use its copy.
        unpacked = target.parents[1] / f"layer-{os.getpid()}-{digest}"
        with self._unpacking:
            if not unpacked.is_dir():
                unfinished = unpacked.with_suffix(".new")
                super().extractall(unfinished)
                unfinished.rename(unpacked)
        target.rmdir()
        target.symlink_to(unpacked)
