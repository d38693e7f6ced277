"""Measures covering: the map, the state, the largest run, and the calls of runs."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache, partial
from pathlib import Path

from indelible.checkpoints.state import EMPTY_STATE, State, decode_state
from indelible.checkpoints.workspace_map import map_root
from indelible.checkpoints.workspace_state import WorkspaceState
from indelible.tlog.compact_range import EMPTY_RANGE

from .aws import ENVIRONMENT
from .big_run import RECORDS, WORKSPACES
from .deployment import workspace_ids
from .figures import Figure
from .rounds import Case, Timing, unprepared
from .runs import CountedRun, grown_runs, idle_runs

MAP_TARGET, RECORDS_TARGET, RUN_TARGET, MEMORY_TARGET = 50.0, 100_000, 30.0, 1_024.0
_GROUP = f"covering, {WORKSPACES:,} workspaces"
_LEAVES = [bytes([number]) * 32 for number in range(255)]


@cache
def _state() -> State:
    """A state of so many workspaces, whose trees have 255 leaves."""
    tree = EMPTY_RANGE.extended(_LEAVES)
    workspaces = [WorkspaceState(name, tree=tree) for name in workspace_ids(WORKSPACES)]
    return EMPTY_STATE.after(1, 0, ENVIRONMENT["LOG_ORIGIN"], workspaces)


def cases() -> dict[str, Case]:
    """Return the timed cases. A unit is the whole."""
    state = _state()
    return {
        "map": unprepared(1, lambda: map_root(state.map_rows)),
        "state encode": unprepared(1, lambda: state.encoded),
        "state decode": unprepared(1, partial(decode_state, state.encoded)),
    }


def figures(timings: dict[str, Timing]) -> list[Figure]:
    """The figures of the timed cases."""
    names = {"map": "root of the map", "state encode": "state, encode", "state decode": "  decode"}
    size = len(_state().encoded)
    return [
        Figure(
            _GROUP,
            name,
            "ms",
            timings[case].median * 1_000,
            timings[case].best * 1_000,
            target=MAP_TARGET if case == "map" else None,
            note=f"{size:,} bytes" if case == "state encode" else "",
        )
        for case, name in names.items()
    ]


def measure_big_run() -> list[Figure]:
    """Measure the run of 10,000 grown workspaces with a million new records."""
    code = [sys.executable, "-m", "bench.big_run"]
    found = json.loads(subprocess.check_output(code, cwd=Path(__file__).parents[1], text=True))
    records = WORKSPACES * RECORDS
    note = "verify, trees, tiles, state, map, sign"
    big = [
        Figure(
            _GROUP,
            "records, without botocore",
            "records/s",
            records / found["plain s"],
            target=RECORDS_TARGET,
            more_is_better=True,
            note=note,
        ),
        Figure(_GROUP, "records, botocore at work", "records/s", records / found["warm s"]),
    ]
    for kind, name in (("warm", "a million new records"), ("cold", "  in a new process")):
        calls = f"{found[f'{kind} calls']:,} calls"
        big += [
            Figure(_GROUP, name, "s", found[f"{kind} s"], target=RUN_TARGET, note=calls),
            Figure(
                _GROUP,
                "  memory",
                "MB",
                found[f"{kind} MB"],
                target=MEMORY_TARGET,
                note=f"{found[f'{kind} tiles MB']:.0f} of it are tiles that the bench keeps",
            ),
        ]
    return big


def count_runs() -> list[Figure]:
    """Count the calls and bytes of runs, a segment of a record from each workspace."""
    runs = {
        "nothing has grown": idle_runs(),
        "1 workspace": grown_runs(1, 1),
        "100 workspaces": grown_runs(100, 1, runs=16),
        "10,000 workspaces": grown_runs(10_000, 1, runs=4),
    }
    return [figure for name, run in runs.items() for figure in _counted(name, run)]


def _counted(name: str, run: CountedRun) -> list[Figure]:
    group = "a run, on average"
    what = ", ".join(f"{operation} {number:.4g}" for operation, number in run.calls.items())
    units = f"{run.read_units:,.0f} read units"
    return [
        Figure(group, name, "AWS calls", sum(run.calls.values()), note=what),
        Figure(group, "  bytes", "kB", (run.sent_bytes + run.received_bytes) / 1e3, note=units),
        Figure(group, "  function", "ms", run.cpu_ms, note="botocore at work"),
    ]
