"""What checkpoints cost does not grow unnoticed: AWS calls, units, bytes and memory of runs.

Times depend on the machine, so `make bench` only reports them. What a proof calls is in
test_proofs_http.py.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest
from support.handlers import ROOT

COUNTED = """
import json
from dataclasses import asdict
from bench.aws import set_environment
set_environment()
from bench.runs import HOUR, grown_runs, idle_runs
runs = {
    "idle": idle_runs(),
    "heartbeat": idle_runs(after=HOUR),
    "one": grown_runs(1, 100, runs=16),
    "many": grown_runs(100, 100, runs=16),
}
print(json.dumps({name: asdict(run) for name, run in runs.items()}))
"""

PEAK = """
import json
from bench.aws import set_environment
set_environment()
from bench.deployment import Deployment, workspace_ids
deployment, names = Deployment(), workspace_ids(10_000)
for _ in range(3):
    deployment.grow(dict.fromkeys(names, 1))
    deployment.run()
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
print(json.dumps(int(status["VmHWM"].split()[0]) / 1_024))
"""
"""The most memory that the process ever had, in MiB, with the table that answers."""

MOST_MEGABYTES = 260
"""The function has 1,024. Its process took 221 on Python 3.11, with the table of the test."""

GROWN = {"PutItem": 1, "Query": 1, "ReceiveMessage": 2, "DeleteMessageBatch": 1, "Sign": 1}
MOST_BYTES = {"idle": 841, "one": 24_900, "many": 2_160_000}
"""Sent and received. A hundredth above what they are."""


def output_of(program: str) -> Any:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "layers" / "common")}
    code = [sys.executable, "-c", program]
    return json.loads(subprocess.check_output(code, env=environment, text=True, cwd=ROOT))


@pytest.fixture(scope="module")
def runs() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = output_of(COUNTED)
    return found


def test_a_run_in_which_nothing_has_grown_makes_three_calls(runs: dict[str, Any]) -> None:
    idle = runs["idle"]
    assert idle["calls"] == {"GetObject": 1, "Query": 1, "ReceiveMessage": 1}
    assert (idle["read_units"], idle["write_units"]) == (1, 0)


def test_an_hourly_run_signs_once_and_puts_a_state_and_a_run(runs: dict[str, Any]) -> None:
    assert runs["heartbeat"]["calls"] == {
        "GetObject": 2, "PutItem": 1, "PutObject": 2, "Query": 1, "ReceiveMessage": 1, "Sign": 1
    }  # fmt: skip


@pytest.mark.parametrize(("name", "workspaces"), [("one", 1), ("many", 100)])
def test_what_grows_with_workspaces_is_tiles_and_read_units(
    runs: dict[str, Any], name: str, workspaces: int
) -> None:
    """Per run and workspace nothing is written: a tile is put for each 256 records."""
    run = runs[name]
    calls = dict(run["calls"])
    assert calls.pop("PutObject") == pytest.approx(2 + run["tiles"])
    assert calls.pop("GetObject") == 2
    assert calls.pop("BatchGetItem") == 1
    assert calls == GROWN
    assert run["tiles"] == pytest.approx(workspaces * 100 / 256, rel=0.05)
    assert run["read_units"] <= 1 + 4 * workspaces
    assert run["write_units"] == 1


@pytest.mark.parametrize("name", MOST_BYTES)
def test_a_run_sends_and_receives_no_more_bytes(runs: dict[str, Any], name: str) -> None:
    """Less is progress. Then the ceiling follows, so that it is not lost again unnoticed."""
    size = runs[name]["sent_bytes"] + runs[name]["received_bytes"]
    assert 0.95 * MOST_BYTES[name] < size <= MOST_BYTES[name]


def test_runs_of_10000_workspaces_take_no_more_memory() -> None:
    assert 20 < output_of(PEAK) < MOST_MEGABYTES
