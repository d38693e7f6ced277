"""The part of docs/cost.md about checkpoints."""

from __future__ import annotations

from .checkpoints import (
    ALARMS,
    APART,
    METRICS,
    MOST_A_MILLION_EVENTS,
    MOST_A_MILLION_SEGMENTS,
    MOST_IDLE,
    MOST_OF_ONE,
    RUNS_A_MONTH,
    a_million,
    calls_kms_and_lambda,
    milliseconds,
    month,
)
from .inputs import Facts
from .markdown import dollars, filled, table
from .watcher import METRICS as WATCHER_METRICS
from .watcher import heads_month, idle_month, reading_a_gigabyte

_COLUMNS = {
    "idle": "nothing grows",
    "1 workspace": "1 workspace",
    "100 workspaces": "100",
    "10,000 workspaces": "10,000",
}


def checkpoints(facts: Facts) -> list[str]:
    """The section."""
    columns = [month(facts, name) for name in _COLUMNS]
    rows = [
        [name, *[dollars(each[name]) for each in columns]]
        for name in columns[0]
        if name not in APART
    ]
    rows.append(["**all**", *[f"**{dollars(calls_kms_and_lambda(e))}**" for e in columns]])
    rows += [[f"apart: {name}", *[dollars(each[name]) for each in columns]] for name in APART]
    idle, one = facts.runs["idle"], facts.runs["1 workspace"]
    return [
        "## Checkpoints",
        filled(
            "Dollars a month of a run a minute, each with a segment of one event from every "
            "workspace. Nothing is written for each workspace and run, so what it costs hardly "
            "grows with the number of workspaces before their segments do."
        ),
        table(["dollars a month", *_COLUMNS.values()], rows),
        filled(
            f"A run in which nothing has grown takes {milliseconds(facts, idle):.0f} ms and makes "
            f"{sum(idle.calls.values()):.0f} calls; one each hour still publishes. One "
            f"with growth takes {milliseconds(facts, one):.0f} ms. Its signature costs more than "
            "all else, so the number of runs decides what a month costs, not that of workspaces. "
            "If a get of S3 took 100 ms, "
            f"a month in which nothing grows would cost {_slower(facts):.2f} dollars more."
        ),
        _targets(facts, columns),
        _beside(facts),
        _watcher(facts),
    ]


def _slower(facts: Facts) -> float:
    """Dollars a month of an idle deployment if a get of S3 took 100 ms."""
    more = (100 - facts.times["s3_get_ms"].value) / 1_000
    memory = facts.assumed["memory_gb"].value
    return RUNS_A_MONTH * more * memory * facts.prices["lambda_second"].value


def _targets(facts: Facts, columns: list[dict[str, float]]) -> str:
    segment, event = a_million(facts)
    aims = [
        ("a month in which nothing grows", calls_kms_and_lambda(columns[0]), MOST_IDLE),
        ("a month of one workspace", calls_kms_and_lambda(columns[1]), MOST_OF_ONE),
        ("a million segments more", segment, MOST_A_MILLION_SEGMENTS),
        ("a million events more, 100 a segment", event, MOST_A_MILLION_EVENTS),
    ]
    rows = [
        [what, dollars(found), f"{most:.2f}, {'reached' if found <= most else '**missed**'}"]
        for what, found, most in aims
    ]
    return table(["dollars", "here", "aim, at most"], rows)


def _beside(facts: Facts) -> str:
    price = {name: fact.value for name, fact in facts.prices.items()}
    kept = RUNS_A_MONTH * facts.runs["1 workspace"].stored_bytes
    return filled(
        "The aims are for calls, KMS and Lambda. Beside them there are the two rows *apart*, the "
        f"{ALARMS} alarms of checkpoints, {ALARMS * price['alarm']:.2f} dollars a month, and "
        f"{METRICS} metrics of ours that every run has, {METRICS * price['metric']:.2f}. "
        f"The locked bucket grows by {kept / 1e6:.0f} MB a month, which cost "
        f"{kept * price['s3_byte']:.3f} dollars each month from then on. With witnesses, every run "
        "asks them, and keeps the newest cosignatures in the table: "
        f"{RUNS_A_MONTH * price['write_unit']:.3f} dollars for a write unit each."
    )


def _watcher(facts: Facts) -> str:
    metrics = WATCHER_METRICS * facts.prices["metric"].value
    return filled(
        "The [watcher](watcher.md) is apart as well, and in no aim. Every five minutes it makes "
        "four gets, a put and a read when there is nothing to check. That is "
        f"{idle_month(facts):.2f} dollars a month, and {metrics:.2f} for its {WATCHER_METRICS} "
        "metrics. Checking the heads of 10,000 workspaces each hour costs "
        f"{heads_month(facts, 10_000):.2f} a month more, if their segments have at most 4 kB. A "
        f"round reads every segment once: {reading_a_gigabyte(facts):.3f} dollars a GB, beside its "
        "time ([decision 039](decisions/039-the-watcher.md))."
    )
