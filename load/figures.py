"""The figures of a run, as JSON and as a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.figures import machine

from .audit import Findings
from .lag import POLL_SECONDS, percentile
from .memory import SAMPLE_SECONDS, Memory
from .run import Run

_SHARES = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "max": 1.0}


def document(
    run: Run, memory: Memory, findings: Findings, drained: float, options: Mapping[str, Any]
) -> dict[str, Any]:
    """The result of a run, as it is written as JSON."""
    seconds = run.sending_seconds
    return {
        "machine": machine(),
        "options": dict(options),
        "events": {
            "sent": run.sent,
            "accepted": run.accepted,
            "chained": findings.chained,
            "accepted_per_second": round(run.accepted_meanwhile / seconds, 1),
        },
        "requests": {
            "sent": run.tally.requests,
            "per_second": round(run.tally.requests / seconds, 1),
            "answers": dict(run.tally.answers.most_common()),
            "unexpected": run.tally.unexpected[:5],
            "events_given_up": run.tally.given_up,
        },
        "lag_seconds": {
            **{name: round(percentile(run.lags.seconds, share), 2)
               for name, share in _SHARES.items()},
            "resolution": POLL_SECONDS,
        },
        "drained_after_seconds": round(drained, 1),
        "memory_mb": {
            "sampled_every_seconds": SAMPLE_SECONDS,
            **{
                name: {
                    "processes": each.processes,
                    "peak": round(each.peak, 1),
                    "growth": round(each.growth, 1),
                }
                for name, each in memory.by_function().items()
            },
        },
        "unknown_fate": {
            "events": findings.unknown_fate,
            "chained": findings.unknown_fate_chained,
        },
        "wrong": findings.wrong,
        "examples": findings.examples,
    }  # fmt: skip


def is_right(result: Mapping[str, Any]) -> bool:
    """Whether no event was lost, doubled, out of place or answered wrongly, and no chain broken."""
    return not any(result["wrong"].values()) and not result["requests"]["unexpected"]


def print_table(console: Console, result: Mapping[str, Any]) -> None:
    """Print the figures, one section per group."""
    about = result["machine"]
    title = (
        f"Python {about['python']}, {about['system']}, {about['cpus']} CPUs, load {about['load']}"
    )
    console.print(title)
    table = Table(show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(justify="right")
    for group, figures in result.items():
        if group in ("machine", "examples"):
            continue
        table.add_section()
        table.add_row(f"[bold]{group.replace('_', ' ')}[/bold]", _plain(figures))
        if isinstance(figures, dict):
            for name, value in _flat(figures):
                red = group == "wrong" and value
                table.add_row(f"  {name}", f"[red]{value}[/red]" if red else _plain(value))
    console.print(table)
    for example in result["examples"]:
        console.print(f"  {example}", style="red", markup=False)


def _flat(figures: Mapping[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    rows: list[tuple[str, Any]] = []
    for name, value in figures.items():
        title = f"{prefix}{name.replace('_', ' ')}"
        rows += _flat(value, f"{title}: ") if isinstance(value, dict) else [(title, value)]
    return rows


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return ""
    return f"{value:,}" if isinstance(value, int | float) else str(value)
