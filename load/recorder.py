"""Records with the Python client's recorder at a rate, and shows whether it or the stack is slower.

`python -m load.recorder` needs the running stack. Every event is then looked for in the chain.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer
from indelible.accounts.limits import MAX_BYTES_PER_MINUTE, MAX_REQUESTS_PER_MINUTE, Limits
from indelible_client import IndelibleError, Recorder, StoreFull

from bench.figures import machine
from bench.recorder_process import in_ticks
from tools.local.failure import LocalStackError, exit_with_one_sentence
from tools.local.progress import console, step
from tools.local.stack import require

from .figures import is_right, print_table
from .recorder_wire import RecorderWire
from .run import Run, drain, warm_up
from .target import connect, examine, make_lane
from .traffic import Lane

_DRAIN_SECONDS = 300.0
_BLOCK_SECONDS = 60.0
_UNLIMITED = Limits(
    requests_per_minute=MAX_REQUESTS_PER_MINUTE, bytes_per_minute=MAX_BYTES_PER_MINUTE
)
_LINGER_SECONDS = 1.0
"""The recorder may keep the events of so much time without being behind."""

_SLOW = 0.01
"""Seconds. A call of `record` that takes longer has usually waited for room in the buffer."""


@dataclass(slots=True)
class Measured:
    """What the recorder did while events were recorded."""

    recorded: int = 0
    seconds: float = 0.0
    processor_seconds: float = 0.0
    slow_seconds: float = 0.0
    """The time in slow calls of `record`."""
    most_kept: int = 0
    kept_at_end: int = 0
    accepted: int = 0
    requests: int = 0
    answer_seconds: float = 0.0
    """How long the recorder waited for answers."""


def load(
    *,
    seconds: Annotated[int, typer.Option(min=1, help="How long to record.")] = 20,
    rate: Annotated[int, typer.Option(min=1, help="Events a second.")] = 5_000,
    spool: Annotated[Path | None, typer.Option(help="Spool file; default memory.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of what is recorded.")] = 1,
    out: Annotated[Path, typer.Option(help="File for the figures, as JSON.")] = Path(
        ".local/recorder.json"
    ),
) -> None:
    """Record into the local stack with one recorder, then verify the chain; docs/load.md.

    Exit status 1 if an event was lost, doubled, out of place, or answered wrongly.
    """
    target = connect(require())
    lane = make_lane(target, "load recorder", _UNLIMITED, seed)
    with step("Starting the functions"):
        warm_up(target, lane, 1)
    held: list[str] = []
    wire = RecorderWire(httpx.HTTPTransport(), lane.account)

    def on_held(error: IndelibleError | None) -> None:
        held.extend([] if error is None else [str(error)])

    console.print(f"One recorder records {rate:,} events a second for {seconds} s.")
    with (
        httpx.Client(transport=wire) as http,
        Recorder(
            lane.api_key,
            target.api,
            spool=spool,
            block_seconds=_BLOCK_SECONDS,
            on_held=on_held,
            http=http,
        ) as recorder,
    ):
        measured = _record(recorder, lane, wire, rate, seconds)
        flushed = _seconds_of(lambda: _flush(recorder))
    drained = drain(target, Run([lane]), _DRAIN_SECONDS)
    findings = examine(target, [lane], in_order=True)
    result = {
        "machine": machine(),
        "options": {"seconds": seconds, "rate": rate, "spool": spool is not None, "seed": seed},
        "recorder": _figures(measured, rate),
        "requests": {"answers": dict(wire.answers.most_common()), "unexpected": held},
        "flushed_after_seconds": round(flushed, 1),
        "drained_after_seconds": round(drained, 1),
        "chained": findings.chained,
        "wrong": findings.wrong,
        "examples": findings.examples,
    }
    print_table(console, result)
    console.print(verdict(measured, rate))
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(result, indent=2) + "\n")
    if not is_right(result) or findings.chained != measured.recorded:
        sys.exit(1)


def _record(
    recorder: Recorder, lane: Lane, wire: RecorderWire, rate: int, seconds: int
) -> Measured:
    measured = Measured()
    processor, began = time.process_time(), time.perf_counter()
    for _ in in_ticks(rate, seconds):
        if time.perf_counter() - began > seconds:
            break
        event = lane.next_event()
        lane.account.enter([event])
        before = time.perf_counter()
        try:
            recorder.record(**event)
        except StoreFull as error:
            raise LocalStackError(f"The stack took nothing for a minute: {error}") from None
        taken = time.perf_counter() - before
        measured.slow_seconds += taken if taken > _SLOW else 0.0
        measured.recorded += 1
        measured.kept_at_end = measured.recorded - wire.accepted
        measured.most_kept = max(measured.most_kept, measured.kept_at_end)
    measured.seconds = time.perf_counter() - began
    measured.processor_seconds = time.process_time() - processor
    measured.accepted, measured.requests = wire.accepted, wire.requests
    measured.answer_seconds = wire.answer_seconds
    return measured


def _figures(measured: Measured, rate: int) -> dict[str, Any]:
    seconds = measured.seconds
    return {
        "recorded": measured.recorded,
        "recorded_per_second": round(measured.recorded / seconds),
        "accepted_per_second": round(measured.accepted / seconds),
        "kept_at_most": measured.most_kept,
        "kept_at_the_end": measured.kept_at_end,
        "seconds_per_request": round(measured.answer_seconds / max(1, measured.requests), 4),
        "share_of_time_waiting_for_answers": round(measured.answer_seconds / seconds, 3),
        "share_of_time_in_slow_record": round(measured.slow_seconds / seconds, 3),
        "share_of_a_core": round(measured.processor_seconds / seconds, 3),
        "keeps_up": keeps_up(measured, rate),
    }


def keeps_up(measured: Measured, rate: int) -> bool:
    """Whether no more was kept at the end than the recorder keeps anyway."""
    return measured.kept_at_end <= rate * _LINGER_SECONDS


def verdict(measured: Measured, rate: int) -> str:
    """A sentence that says who is slower than the rate."""
    if keeps_up(measured, rate):
        return f"The recorder and the stack keep {rate:,} events a second flowing."
    share = measured.answer_seconds / measured.seconds
    slower = "stack" if share > 1 / 2 else "recorder"
    return f"The {slower} is slower: the recorder waited for answers for {share:.0%} of the time."


def _flush(recorder: Recorder) -> None:
    if not recorder.flush(_DRAIN_SECONDS):
        raise LocalStackError("The recorder did not send what was recorded within five minutes.")


def _seconds_of(call: Callable[[], None]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


if __name__ == "__main__":
    exit_with_one_sentence(lambda: typer.run(load))
