"""Measures the import of each function's module, which a cold start pays."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys

from .aws import ENVIRONMENT
from .figures import Figure
from .handlers import FUNCTIONS

_RUNS = 5
_ON_LAMBDA = {"LAMBDA_TASK_ROOT": "/var/task"}
"""Set on Lambda. Without it, the X-Ray SDK makes a client that it does not make on Lambda."""

_IMPORT = "import time; t = time.perf_counter(); import app; print(time.perf_counter() - t)"


def measure_imports() -> list[Figure]:
    """Measure the milliseconds to import each `functions/<name>/app.py`, with its AWS clients."""
    names = sorted(each.parent.name for each in FUNCTIONS.glob("*/app.py"))
    taken: dict[str, list[float]] = {name: [] for name in names}
    for _ in range(_RUNS):
        for name in names:
            taken[name].append(_import_milliseconds(name))
    return [
        Figure("import", name, "ms", statistics.median(each), min(each), note="fresh process")
        for name, each in taken.items()
    ]


def _import_milliseconds(name: str) -> float:
    environment = {**os.environ, **ENVIRONMENT, **_ON_LAMBDA, "POWERTOOLS_SERVICE_NAME": name}
    answer = subprocess.run(
        [sys.executable, "-c", _IMPORT],
        cwd=FUNCTIONS / name,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    return float(answer.stdout.splitlines()[-1]) * 1_000
