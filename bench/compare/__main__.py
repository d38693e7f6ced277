"""Compares the designs and prints each figure next to its target."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from outbox.postgres import NotInstalled
from rich.console import Console

from tools.local.failure import LocalStackError

from ..baselines.shared import Refused
from ..figures import machine
from ..handlers import quiet
from . import tables, wall_clock
from .computed import Ceiling, ceiling, whole_way
from .counts import BATCHES, FULL, Count, TooBusy, count
from .designs import COMPARED, DESIGNS, Engines
from .engines import engines
from .expected import unexpected
from .sending import NotChained

_REQUESTS = {1: 200, 10: 40, 100: 10}
_REQUESTS_QUICKLY = {1: 5, 10: 2, 100: 2}
"""Requests by the events of each."""

_PAGE = 120
"""Columns of the tables when the output is not a terminal."""

_progress = Console(stderr=True)


def compare(
    *,
    quick: Annotated[bool, typer.Option(help="Count only, and fail at other counts.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, not tables.")] = False,
    out: Annotated[Path | None, typer.Option(help="Also write the JSON to this file.")] = None,
    rounds: Annotated[int, typer.Option(min=1, help="Timed rounds; the figures are medians.")] = 5,
) -> None:
    """Compare Indelible with other designs. docs/comparison.md explains it."""
    try:
        with quiet(), engines() as running:
            counts = _count(running, _REQUESTS_QUICKLY if quick else _REQUESTS)
            wrong = unexpected(counts)
            ceilings = [] if quick else _ceilings(running)
            timed = [] if quick else _timed(running, rounds)
    except (NotInstalled, LocalStackError, TooBusy, NotChained, Refused) as error:
        sys.exit(str(error))
    result = json.dumps(_document(counts, ceilings, timed, rounds), indent=2)
    if as_json:
        typer.echo(result)
    else:
        _print(counts, ceilings, timed)
    if out:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(result + "\n")
    if wrong:
        sys.exit("Not as bench/compare/expected.py has it:\n" + "\n".join(wrong))


def _count(running: Engines, requests: dict[int, int]) -> list[Count]:
    _progress.print("Counting requests, and verifying each chain …")
    return [
        count(design, running, batch, requests[batch]) for batch in BATCHES for design in DESIGNS
    ]


def _ceilings(running: Engines) -> list[Ceiling]:
    _progress.print("Counting full deliveries …")
    return [
        ceiling(count(design, running, batch, FULL, together=FULL))
        for batch in (1, 100)
        for design in COMPARED
    ]


def _timed(running: Engines, rounds: int) -> list[dict[str, Any]]:
    _progress.print(f"Timing the designs in turns, {rounds} rounds …")
    return wall_clock.measure(running, rounds)


def _document(
    counts: list[Count], ceilings: list[Ceiling], timed: list[dict[str, Any]], rounds: int
) -> dict[str, Any]:
    return {
        "machine": machine(),
        "rounds": rounds,
        "counts": [each.as_json() for each in counts],
        "whole_way": [whole_way(each) for each in counts],
        "ceilings": [each.as_json() for each in ceilings],
        "wall_clock": timed,
        "targets": [each.as_json() for each in tables.targets(counts, ceilings)] if timed else [],
    }


def _print(counts: list[Count], ceilings: list[Ceiling], timed: list[dict[str, Any]]) -> None:
    console = Console(width=None if sys.stdout.isatty() else _PAGE, highlight=False)
    tables.print_counts(console, counts)
    if not timed:
        return
    tables.print_whole_way(console, [whole_way(each) for each in counts])
    tables.print_ceilings(console, ceilings)
    tables.print_wall_clock(console, timed)
    tables.print_targets(console, tables.targets(counts, ceilings))
    tables.print_sources(console)


if __name__ == "__main__":
    typer.run(compare)
