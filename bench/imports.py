"""Measures the import of each function's module, which a cold start pays."""

from __future__ import annotations

import compileall
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from tools.local.layer import copy_botocore

from .aws import ENVIRONMENT
from .figures import Figure
from .handlers import FUNCTIONS

LAYER = FUNCTIONS.parent / "layers" / "common"

_RUNS = 5
_ON_LAMBDA = {"LAMBDA_TASK_ROOT": "/var/task"}
"""Set on Lambda. Without it, the X-Ray SDK makes a client that it does not make on Lambda."""

_IMPORT = "import time; t = time.process_time(); import app; print(time.process_time() - t)"
"""Processor time. On an idle machine it is the elapsed time, because an import never waits."""

_TARGETS = {"ingest": 300.0, "writer": 300.0}
_OTHERS_TARGET = 350.0


def measure_imports() -> list[Figure]:
    """Measure the milliseconds to import each `functions/<name>/app.py`, with its AWS clients.

    botocore is as the layer has it. All else is as it is installed.
    """
    names = sorted(each.parent.name for each in FUNCTIONS.glob("*/app.py"))
    taken: dict[str, list[float]] = {name: [] for name in names}
    with tempfile.TemporaryDirectory() as folder:
        copy_botocore(Path(folder))
        compileall.compile_dir(folder, quiet=1)
        for _ in range(_RUNS):
            for name in names:
                taken[name].append(_import_milliseconds(name, folder))
    return [
        Figure(
            "import",
            name,
            "ms",
            statistics.median(each),
            min(each),
            target=_TARGETS.get(name, _OTHERS_TARGET),
            note="fresh process",
        )
        for name, each in taken.items()
    ]


def _import_milliseconds(name: str, botocore: str) -> float:
    environment = {
        **os.environ,
        **ENVIRONMENT,
        **_ON_LAMBDA,
        "POWERTOOLS_SERVICE_NAME": name,
        "PYTHONPATH": os.pathsep.join([botocore, str(LAYER)]),
    }
    answer = subprocess.run(
        [sys.executable, "-c", _IMPORT],
        cwd=FUNCTIONS / name,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    return float(answer.stdout.splitlines()[-1]) * 1_000
