"""What an event costs does not grow unnoticed: AWS calls, write units, bytes and memory.

Times depend on the machine, so `make bench` only reports them. Modules: tests/unit/test_imports.py.
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
from bench.aws import set_environment
set_environment()
from bench import handlers, units
with handlers.quiet():
    both = handlers.load("ingest"), handlers.load("writer")
    counted = [
        *units.count_calls(*both), *units.count_write_units(*both), *units.count_bytes(*both)
    ]
print(json.dumps({f"{each.group}: {each.name}": each.value for each in counted}))
"""

PEAK = """
import json
from bench.aws import constant_http, set_environment
set_environment()
from bench import handlers
with handlers.quiet(), constant_http():
    handler = handlers.load("{function}")
    for _ in range(5):
        answer = handler({invocation}, handlers.Context())
        assert answer.get("statusCode", 202) == 202, answer
        assert not answer.get("batchItemFailures"), answer
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
print(json.dumps(int(status["VmHWM"].split()[0]) / 1_024))
"""
"""The most memory that the process ever had, in MiB. Python and the clients take most of it."""

MOST_MEGABYTES = 110
"""The functions have 1,024. Ingest and the writer took 74 and 76 on Python 3.11."""

UNITS, BYTES = "write units per event, 100 a batch", "bytes per event, 100 a batch"
CALLS = {
    "ingest, batch of 100": 3,
    "ingest, batch of 100 with keys": 8,
    "ingest, one event": 3,
    "ingest, one event with a key": 5,
    "writer, 100 events": 2,
    "writer, 1,000 events": 2,
}
MOST = {
    f"{UNITS}: without keys": 0.146,
    f"{UNITS}: with keys": 1.171,
    f"{BYTES}: message, without keys": 145,
    f"{BYTES}: segment, without keys": 134,
    f"{BYTES}: message, with keys": 174,
    f"{BYTES}: segment, with keys": 156,
    f"{BYTES}: claims, with keys": 228,
}
"""A hundredth above what they are. Ids are random, which moves each by less than a thousandth."""


def output_of(program: str) -> Any:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "layers" / "common")}
    code = [sys.executable, "-c", program]
    return json.loads(subprocess.check_output(code, env=environment, text=True, cwd=ROOT))


@pytest.fixture(scope="module")
def counted() -> dict[str, float]:
    """The counted figures of the benchmark, by group and name."""
    found: dict[str, float] = output_of(COUNTED)
    return found


def test_a_request_and_a_delivery_make_no_more_aws_calls(counted: dict[str, float]) -> None:
    assert {name: counted[f"AWS calls: {name}"] for name in CALLS} == CALLS


@pytest.mark.parametrize("figure", MOST)
def test_an_event_takes_no_more_write_units_and_bytes(
    counted: dict[str, float], figure: str
) -> None:
    """Less is progress. Then the ceiling follows, so that it is not lost again unnoticed."""
    assert 0.95 * MOST[figure] < counted[figure] <= MOST[figure]


@pytest.mark.parametrize(
    ("function", "invocation"),
    [
        ("ingest", "handlers.request(1_000, keyed=True, array=True)"),
        ("writer", "handlers.delivery(1_000, keyed=True)"),
    ],
)
def test_a_function_takes_no_more_memory_for_1000_typical_events(
    function: str, invocation: str
) -> None:
    peak = output_of(PEAK.format(function=function, invocation=invocation))
    assert 20 < peak < MOST_MEGABYTES
