"""What checkpoints cost each month, from counted runs. Pure: everything comes from `Facts`."""

from __future__ import annotations

import math

from ..runs import CountedRun
from .cost import invocation
from .inputs import Facts

MILLION = 1_000_000
RUNS_A_MONTH = 2_630_000 / 60
"""A run a minute."""

HEARTBEATS = RUNS_A_MONTH / 60
"""Runs a month that publish although nothing has grown, in a deployment without events."""

SIDE_BY_SIDE = 32
"""Tiles that a run puts at the same time: TILES_AT_A_TIME of covering."""

ALARMS, METRICS = 6, 2
"""Alarms of template.yaml that there are only with checkpoints, and metrics of ours that each run
has. A test counts the alarms."""

APART = ("EventBridge Scheduler", "CloudWatch Logs")
"""What the targets leave out, beside alarms and metrics."""

MOST_IDLE, MOST_OF_ONE = 1.10, 2.60
MOST_A_MILLION_EVENTS, MOST_A_MILLION_SEGMENTS = 0.03, 0.15
"""The targets, in dollars: a month, and for what has grown."""


def of_run(facts: Facts, run: CountedRun) -> dict[str, float]:
    """Dollars of one run, by service. Without the key."""
    price = {name: fact.value for name, fact in facts.prices.items()}
    calls = {**dict.fromkeys(("Sign", "PutObject", "GetObject"), 0.0), **run.calls}
    queue = sum(calls.get(name, 0.0) for name in ("ReceiveMessage", "DeleteMessageBatch"))
    units = run.read_units * price["read_unit"] + run.write_units * price["write_unit"]
    logged = (
        run.log_bytes
        + run.log_lines * facts.assumed["log_line_bytes"].value
        + facts.assumed["platform_log_bytes"].value
    )
    return {
        "KMS": calls["Sign"] * price["kms_signature"],
        "S3: puts": calls["PutObject"] * price["s3_put"],
        "S3: gets": calls["GetObject"] * price["s3_get"],
        "DynamoDB": units,
        "SQS: growth notes": (queue + run.notes) * price["sqs_standard_call"],
        "Lambda": invocation(facts, milliseconds(facts, run)),
        "EventBridge Scheduler": price["schedule"],
        "CloudWatch Logs": logged * price["log_byte"],
    }


def milliseconds(facts: Facts, run: CountedRun) -> float:
    """How long a run takes: its calls, of which only those for tiles are made side by side."""
    waits = {
        "GetObject": "s3_get_ms",
        "PutObject": "s3_put_ms",
        "ReceiveMessage": "sqs_ms",
        "DeleteMessageBatch": "sqs_ms",
        "Sign": "kms_ms",
    }
    puts = run.tiles - math.ceil(run.tiles / SIDE_BY_SIDE)
    waited = sum(
        (number - puts * (name == "PutObject")) * facts.times[waits.get(name, "dynamodb_ms")].value
        for name, number in run.calls.items()
    )
    return waited + run.cpu_ms / facts.assumed["processors"].value


def month(facts: Facts, name: str) -> dict[str, float]:
    """Dollars a month of a deployment in which each run is such a run, by service."""
    each = of_run(facts, facts.runs[name])
    total = {what: RUNS_A_MONTH * dollars for what, dollars in each.items()}
    if name == "idle":
        heartbeat = of_run(facts, facts.runs["heartbeat"])
        total = {
            what: dollars + HEARTBEATS * (heartbeat[what] - each[what])
            for what, dollars in total.items()
        }
    return {**total, "KMS": total["KMS"] + facts.prices["kms_key"].value}


def calls_kms_and_lambda(dollars: dict[str, float]) -> float:
    """What the targets are for: all services but those APART."""
    return sum(each for name, each in dollars.items() if name not in APART)


def a_million(facts: Facts) -> tuple[float, float]:
    """Dollars that a million more segments cost, and a million more events in segments of 100.

    From three runs: of one segment, of 100 with one record each, and of 100 with 100 each.
    """
    one, many, full = (
        calls_kms_and_lambda(of_run(facts, facts.runs[name]))
        for name in ("1 workspace", "100 workspaces", "100 workspaces, 100 records")
    )
    event = (full - many) / (100 * 100 - 100)
    segment = (many - one) / (100 - 1) - event
    return segment * MILLION, event * MILLION
