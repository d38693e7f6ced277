"""Requests, write units and bytes of every design are those that the comparison is known for.

PostgreSQL's are asserted by `make bench-compare QUICK=yes`, which CI runs too.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from support.handlers import ROOT

CODE = """
import sys
from bench.compare.counts import BATCHES, count
from bench.compare.designs import DESIGNS, Engines, make_tables, use
from bench.compare.expected import unexpected
from bench.compare.names import EACH_EVENT, WHOLE_BATCH
from bench.handlers import quiet

engines = Engines(sys.argv[1], "", sys.argv[2])
use(engines)
make_tables()
designs = [each for each in DESIGNS if each.name not in (EACH_EVENT, WHOLE_BATCH)]
with quiet():
    counts = [count(design, engines, batch, 2) for batch in BATCHES for design in designs]
print(len(counts), *unexpected(counts), sep="\\n")
"""


def test_every_design_makes_the_requests_that_are_expected(
    dynamodb_local_url: str, tmp_path: Path
) -> None:
    run = subprocess.run(
        [sys.executable, "-c", CODE, dynamodb_local_url, str(tmp_path / "chain.db")],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT / "layers" / "common")},
        cwd=ROOT,
    )
    assert run.stdout.splitlines() == ["18"]
