"""Compares what is counted now with measured.json."""

from __future__ import annotations

from ..runs import CountedRun
from .inputs import Path

_TOLERANCE = 0.05
"""Ids are random, so the same events compress a little better or worse."""


def differences(measured: dict[str, Path], now: dict[str, Path]) -> list[str]:
    """What was counted now and is not as measured: calls exactly, units and bytes within 5 %."""
    found = []
    for name, path in now.items():
        before = measured[name]
        pairs = [("queue_bytes", before.queue_bytes, path.queue_bytes)]
        pairs += [("answer_bytes", before.answer_bytes, path.answer_bytes)]
        pairs += [("stored_bytes", before.stored_bytes, path.stored_bytes)]
        for run in ("ingest", "writer", "packed"):
            was, is_now = getattr(before, run), getattr(path, run)
            if was.calls.keys() != is_now.calls.keys():
                found.append(f"{name}: {run} calls {sorted(is_now.calls)}, not {sorted(was.calls)}")
            pairs += [
                (f"{run}.{each}", getattr(was, each), getattr(is_now, each))
                for each in ("write_units", "read_units", "log_bytes")
            ]
        found += [
            f"{name}: {what} is {value:.1f} now, was {old:.1f}"
            for what, old, value in pairs
            if abs(value - old) > _TOLERANCE * old
        ]
    return found


def differences_of_runs(measured: dict[str, CountedRun], now: dict[str, CountedRun]) -> list[str]:
    """What was counted now of runs and is not as measured: the same tolerance."""
    found = []
    for name, run in now.items():
        before = measured[name]
        if before.calls != run.calls:
            found.append(f"{name}: calls {run.calls}, not {before.calls}")
        found += [
            f"{name}: {what} is {value:.1f} now, was {old:.1f}"
            for what in ("write_units", "read_units", "log_bytes", "stored_bytes", "sent_bytes")
            if abs((value := getattr(run, what)) - (old := getattr(before, what)))
            > _TOLERANCE * old
        ]
    return found
