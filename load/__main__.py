"""Sends events to the local stack for a while, and checks every chain afterwards."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from tools.local.failure import exit_with_one_sentence
from tools.local.progress import console, step
from tools.local.stack import require

from . import faults as injected
from .figures import document, is_right, print_table
from .run import Run, drain, observed, send, warm_up
from .target import connect, examine, make_lanes

DRAIN_SECONDS = 300.0
_SHOW_SECONDS = 10.0
_SHOW_SECONDS_TERMINAL = 1.0


def load(
    *,
    seconds: Annotated[int, typer.Option(min=1, help="How long to send.")] = 120,
    workspaces: Annotated[int, typer.Option(min=1, help="How many workspaces send.")] = 20,
    clients: Annotated[int, typer.Option(min=1, help="Maximum requests in flight.")] = 6,
    rate: Annotated[
        float, typer.Option(min=0, help="New requests a second; 0 for no limit.")
    ] = 10.0,
    seed: Annotated[int, typer.Option(help="Seed of what is sent.")] = 1,
    faults: Annotated[bool, typer.Option("--faults", help="Inject faults during the run.")] = False,
    out: Annotated[Path, typer.Option(help="File for the figures, as JSON.")] = Path(
        ".local/load.json"
    ),
) -> None:
    """Put load on the local stack, then verify every chain against the sent events; docs/load.md.

    Exit status 1 if an event was lost, doubled, out of place, or answered wrongly.
    """
    target = connect(require())
    options: dict[str, float] = {"seconds": seconds, "workspaces": workspaces, "clients": clients}
    options |= {"rate": rate, "seed": seed}
    lanes = make_lanes(target, workspaces, seed)
    with step("Starting the functions"):
        warm_up(target, lanes[-1], clients)
    console.print(f"{workspaces} workspaces send for {seconds} s.")
    run = Run(lanes)
    end = time.monotonic() + seconds
    plan = injected.Plan(target, seconds) if faults else None
    with observed(target, run) as (_, memory), _shown(run, seconds):
        if plan:
            plan.start()
        send(
            target,
            run,
            lambda: time.monotonic() < end and not (plan and plan.failed),
            clients,
            rate,
        )
        if plan:
            plan.finish()
        drained = drain(target, run, DRAIN_SECONDS)
    findings = examine(target, run.lanes, in_order=not faults)
    result = document(run, memory, findings, drained, options)
    if plan:
        result["faults"] = plan.as_json()
    print_table(console, result)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(result, indent=2) + "\n")
    if not is_right(result):
        sys.exit(1)


@contextmanager
def _shown(run: Run, seconds: int) -> Iterator[None]:
    """Print the progress while the block runs."""
    every = _SHOW_SECONDS_TERMINAL if console.is_terminal else _SHOW_SECONDS
    stop = threading.Event()

    def show() -> None:
        bar = Progress(
            TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn(), console=console
        )
        with bar if console.is_terminal else nullcontext():
            task = bar.add_task("", total=seconds)
            while not stop.wait(every):
                passed = time.monotonic() - run.started
                line = (
                    f"{passed:4.0f} s  {run.accepted:,} accepted, {run.lags.waiting:,} not yet "
                    f"chained, the oldest for {run.lags.oldest:.1f} s"
                )
                bar.update(task, completed=min(passed, seconds), description=line)
                if not console.is_terminal:
                    console.print(line)

    thread = threading.Thread(target=show)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


if __name__ == "__main__":
    exit_with_one_sentence(lambda: typer.run(load))
