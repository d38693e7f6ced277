"""Measures everything and prints each figure next to its target."""

from __future__ import annotations

import json
import statistics
import sys
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console

from . import (
    covering,
    exports,
    handlers,
    offline,
    proving,
    querying,
    recording,
    scaling,
    stages,
    units,
    verifying,
)
from .aws import set_environment
from .events import typical_events
from .figures import Figure, document, print_table
from .imports import measure_imports
from .rounds import Timing, time_by_turns

HANDLER_TARGETS = {
    "ingest 100": 25.0,
    "ingest body": 4.0,
    "ingest http": 50.0,
    "ingest http 1": 2_500.0,
    "writer 100": 20.0,
    "writer http": 40.0,
}
VERIFY_TARGET = 250_000.0

_PAGE = 150
"""Columns of the table when the output is not a terminal."""

_progress = Console(stderr=True)


def bench(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, not a table.")] = False,
    out: Annotated[Path | None, typer.Option(help="Also write the JSON to this file.")] = None,
    rounds: Annotated[int, typer.Option(min=1, help="Timed rounds; the figures are medians.")] = 9,
) -> None:
    """Measure the cost of Indelible, which takes some minutes. docs/performance.md explains it."""
    set_environment()
    figures = _measure(rounds)
    result = json.dumps(document(figures, rounds), indent=2)
    if as_json:
        typer.echo(result)
    else:
        print_table(Console(width=None if sys.stdout.isatty() else _PAGE), figures, rounds)
    if out:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(result + "\n")


def _measure(rounds: int) -> list[Figure]:
    with handlers.quiet():
        _progress.print("Loading the functions, making chains of typical events ...")
        ingest, writer = handlers.load("ingest"), handlers.load("writer")
        cases = {
            **handlers.cases(ingest, writer),
            **verifying.cases(),
            **offline.cases(),
            **stages.cases(),
            **covering.cases(),
        }
        _progress.print(f"Timing {len(cases)} cases in turns, {rounds} rounds ...")
        timings = time_by_turns(cases, rounds)
        counted = [
            *units.count_calls(ingest, writer),
            *units.count_write_units(ingest, writer),
            *units.count_bytes(ingest, writer),
        ]
        _progress.print(
            "Writing a chain of a million events and its index, then reading from it ..."
        )
        counted += [*querying.measure_reading(), *exports.measure_exports()]
        _progress.print("Covering that chain, proving from it, and covering 10,000 workspaces ...")
        counted += [*proving.measure_proofs(), *covering.count_runs()]
    counted += covering.measure_big_run()
    _progress.print("Recording with the Python client ...")
    recorded = recording.measure_recorder()
    _progress.print("Measuring the memory of verifying, and imports ...")
    return [
        *_sizes(),
        *_handler_figures(timings),
        *counted,
        *_verify_figures(timings),
        *offline.figures(timings),
        *stages.figures(timings),
        *covering.figures(timings),
        *verifying.measure_memory(),
        *scaling.measure_scaling(rounds),
        *measure_imports(),
        *recorded,
    ]


def _sizes() -> list[Figure]:
    group = "typical events, as compact JSON"
    figures = []
    for name, keyed in (("without a key", False), ("with a key", True)):
        sizes = [len(msgspec.json.encode(e)) for e in typical_events(1_000, keyed=keyed)]
        note = f"{min(sizes)} to {max(sizes)}"
        figures.append(Figure(group, name, "bytes", statistics.mean(sizes), note=note))
    note = "the hashed and stored bytes"
    return [*figures, Figure(group, "as a record", "bytes", verifying.record_bytes(), note=note)]


def _handler_figures(timings: dict[str, Timing]) -> list[Figure]:
    figures = []
    for function, sizes in (("ingest", handlers.INGEST_SIZES), ("writer", handlers.WRITER_SIZES)):
        kinds = {str(size): f"{size:,} per invocation" for size in sizes}
        if function == "ingest":
            kinds["keyed"] = "100 with idempotency keys"
            kinds["body"] = "  of it, reading the body of 100"
            kinds["http 1"] = "one event, botocore at work"
            kinds["http keyed"] = "100 with keys, botocore at work"
        kinds["http"] = "100, botocore at work"
        for kind, name in kinds.items():
            timing = timings[f"{function} {kind}"]
            figures.append(
                Figure(
                    f"{function} handler, per event",
                    name,
                    "µs",
                    timing.median * 1e6,
                    timing.best * 1e6,
                    target=HANDLER_TARGETS.get(f"{function} {kind}"),
                    note="only the network is left out" if kind.startswith("http") else "",
                )
            )
    return figures


def _verify_figures(timings: dict[str, Timing]) -> list[Figure]:
    group = "verifying, on one core"
    figures = []
    for size in verifying.SEGMENT_SIZES:
        own, plain = timings[f"verify {size}"], timings[f"sha {size}"]
        figures += [
            Figure(
                group,
                f"segments of {size:,}",
                "events/s",
                1 / own.median,
                1 / own.best,
                target=VERIFY_TARGET,
                more_is_better=True,
            ),
            Figure(group, "  plain SHA-256", "events/s", 1 / plain.median, 1 / plain.best),
            Figure(
                group,
                "  verifying to plain SHA-256",
                "x time",
                own.median / plain.median,
                own.best / plain.best,
            ),
        ]
    return figures


typer.run(bench)
