"""The benchmark runs: its stand-in for AWS answers what the functions ask it today."""

from __future__ import annotations

import os
import subprocess
import sys

from support.handlers import ROOT

CODE = """
from bench.aws import set_environment
set_environment()
from bench import handlers
from bench.rounds import time_by_turns
with handlers.quiet():
    cases = handlers.cases(handlers.load("ingest"), handlers.load("writer"))
    timings = time_by_turns(cases, rounds=1)
print(len(timings), all(each.best > 0 for each in timings.values()))
"""


def test_every_case_of_the_handlers_runs() -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "layers" / "common")}
    run = subprocess.run(
        [sys.executable, "-c", CODE],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
        cwd=ROOT,
    )
    cases, are_timed = run.stdout.split()
    assert int(cases) >= 8
    assert are_timed == "True"
