"""Measures the largest run that is promised, in a process of its own: `python -m bench.big_run`.

10,000 workspaces have grown by a million records. It prints processor seconds and memory as JSON.
The table in memory is not the function's, so memory is what the process grows by in the run.
It needs Linux.
"""

from __future__ import annotations

import gc
import json
import sys
from pathlib import Path

from .aws import set_environment
from .deployment import Deployment, workspace_ids

WORKSPACES, RECORDS = 10_000, 100

_STATUS, _CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")


def _megabytes(name: str) -> float:
    lines = dict(line.split(":", 1) for line in _STATUS.read_text().splitlines())
    return int(lines[name].split()[0]) / 1_024


def main() -> None:
    """Run once in a warm process, once more without botocore, and once in a new one."""
    set_environment()
    begun_with = _megabytes("VmRSS")
    deployment, names = Deployment(), workspace_ids(WORKSPACES)
    deployment.grow({name: 1 + at * 256 // WORKSPACES for at, name in enumerate(names)})
    deployment.run()
    measured = {"function": begun_with}
    for kind in ("warm", "plain", "cold"):
        deployment.grow(dict.fromkeys(names, RECORDS))
        if kind == "cold":
            deployment.start_cold()
        gc.collect()
        gc.freeze()  # what the table holds is not the function's garbage
        deployment.cloud.forget()
        _CLEAR.write_text("5")
        before, stored = _megabytes("VmRSS"), sum(map(len, deployment.cloud.objects.values()))
        measured[f"{kind} s"] = deployment.run(http=kind != "plain")
        grown = _megabytes("VmHWM") - before
        measured[f"{kind} MB"] = begun_with + grown
        measured[f"{kind} calls"] = deployment.cloud.calls.total()
        put = sum(map(len, deployment.cloud.objects.values())) - stored
        measured[f"{kind} tiles MB"] = put / 1e6
    json.dump(measured, sys.stdout)


if __name__ == "__main__":
    main()
