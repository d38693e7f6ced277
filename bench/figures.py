"""Figures: measured values next to their targets, as a table and as JSON."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value in `unit`. `value` is the median and `best` the best round, if timed."""

    group: str
    name: str
    unit: str
    value: float
    best: float | None = None
    target: float | None = None
    more_is_better: bool = False
    note: str = ""

    @property
    def verdict(self) -> str | None:
        """`ok` or `miss`; None without a target."""
        if self.target is None:
            return None
        reached = self.value >= self.target if self.more_is_better else self.value <= self.target
        return "ok" if reached else "miss"

    def as_json(self) -> dict[str, Any]:
        """Return the figure as JSON, to compare two runs."""
        return {
            "group": self.group,
            "name": self.name,
            "unit": self.unit,
            "value": self.value,
            "best": self.best,
            "target": self.target,
            "verdict": self.verdict,
            "note": self.note,
        }


def document(figures: list[Figure], rounds: int) -> dict[str, Any]:
    """Return all figures as JSON, with the machine and the number of rounds."""
    return {"machine": machine(), "rounds": rounds, "figures": [f.as_json() for f in figures]}


def machine() -> dict[str, Any]:
    """Describe this machine: Python, system, processors, and load over the last minute."""
    return {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "cpus": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
    }


def print_table(console: Console, figures: list[Figure], rounds: int) -> None:
    """Print the figures, one section per group."""
    about = machine()
    table = Table(
        title=f"Python {about['python']}, {about['system']}, {about['cpus']} CPUs, "
        f"load {about['load']}; medians of {rounds} interleaved rounds",
        title_justify="left",
    )
    table.add_column("what", no_wrap=True)
    for heading in ("median", "best", "target"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("unit", no_wrap=True)
    table.add_column("", no_wrap=True)
    table.add_column("note")
    group = ""
    for figure in figures:
        if figure.group != group:
            group = figure.group
            table.add_section()
            table.add_row(f"[bold]{group}[/bold]")
        table.add_row(*_cells(figure))
    console.print(table)


def _cells(figure: Figure) -> tuple[str, ...]:
    sign = "≥" if figure.more_is_better else "≤"
    target = "" if figure.target is None else f"{sign} {_short(figure.target)}"
    best = "" if figure.best is None else _short(figure.best)
    colour = {"ok": "green", "miss": "red"}.get(figure.verdict or "", "")
    verdict = f"[{colour}]{figure.verdict}[/{colour}]" if figure.verdict else ""
    return (
        f"  {figure.name}", _short(figure.value), best, target, figure.unit, verdict, figure.note,
    )  # fmt: skip


def _short(value: float) -> str:
    if value == int(value) or abs(value) >= 100:
        return f"{value:,.0f}"
    return (
        f"{value:.1f}"
        if abs(value) >= 10
        else f"{value:.3f}"
        if abs(value) >= 1
        else f"{value:.4f}"
    )
