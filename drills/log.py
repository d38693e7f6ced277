"""Shared by drills about checkpoints: runs of the function, what it covers and what it logs."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from drills.rehearsal import Rehearsal
from tools.local.aws import root_session
from tools.local.commands import indelible
from tools.local.failure import LocalStackError
from tools.local.scheduled import run_now, run_well_after_others
from tools.local.waiting import wait_until

LOG_GROUP = "/indelible/indelible/checkpoint"


def run(rehearsal: Rehearsal) -> str | None:
    """Run the function `checkpoint` once, as its schedule does. Returns the error, or None."""
    return run_now(rehearsal.target.stack, "checkpoint")


def run_until(rehearsal: Rehearsal, what: str, condition: Any) -> None:
    """Run the function until the condition holds. It must not fail.

    The indexer may send its note a moment after an event is chained, and the schedule may run the
    function at the same time. So one run is not always enough.
    """

    def ran_and_holds() -> bool:
        if failure := run(rehearsal):
            raise LocalStackError(f"A run failed: {failure}")
        return bool(condition())

    wait_until(what, ran_and_holds)


def await_covered(rehearsal: Rehearsal, workspace_id: str, records: int) -> None:
    """Run the function until this many records of a workspace are covered, and nothing holds it."""

    def is_covered() -> bool:
        found = covered(workspace_id)
        return found is not None and (found["covered_to"], found["held"]) == (records, None)

    run_until(rehearsal, f"{records} records of {workspace_id} are covered", is_covered)


def grow(rehearsal: Rehearsal, workspace_id: str, api_key: str, records: int) -> None:
    """Chain the event that makes so many records, and have it covered."""
    rehearsal.await_chained(workspace_id, rehearsal.accept(api_key, f"drill.{records}"))
    await_covered(rehearsal, workspace_id, records)


def look_again(rehearsal: Rehearsal, workspace_id: str) -> None:
    """Have both functions look at a chain that was mended, as they do within minutes."""
    run_until(rehearsal, f"nothing holds {workspace_id}", lambda: hold_of(workspace_id) is None)
    run_well_after_others(rehearsal.target.stack, "watcher")


def covered(workspace_id: str) -> dict[str, Any] | None:
    """The coverage of a workspace; None if `checkpoint show` fails, as before the first run."""
    try:
        shown = json.loads(indelible("checkpoint", "show", workspace_id, "--json"))
    except LocalStackError:
        return None
    found: dict[str, Any] = shown["coverage"]
    return found


def hold_of(workspace_id: str) -> str | None:
    """The type of what holds a workspace."""
    found = covered(workspace_id)
    return found["held"]["type"] if found and found["held"] else None


def show_log() -> dict[str, Any]:
    """What `checkpoint show` says of the log."""
    shown: dict[str, Any] = json.loads(indelible("checkpoint", "show", "--json"))
    return shown


def fetch(workspace_id: str, folder: str, name: str) -> Path:
    """The checkpoint file of a workspace, kept in the folder."""
    file = Path(folder, f"{name}.tlog-proof")
    indelible("checkpoint", "fetch", workspace_id, "--out", str(file))
    return file


def now_ms() -> int:
    """The time as logs have it."""
    return time.time_ns() // 1_000_000


def newest_metric(rehearsal: Rehearsal, name: str) -> float:
    """The value of a metric in the function's newest log line that has it; 0 without one."""
    logs: Any = root_session().client("logs", endpoint_url=rehearsal.target.stack.endpoint_url)
    pages = logs.get_paginator("filter_log_events").paginate(logGroupName=LOG_GROUP)
    lines = [each for page in pages for each in page["events"] if f'"{name}":[' in each["message"]]
    if not lines:
        return 0.0
    newest = max(lines, key=lambda each: each["timestamp"])
    [value] = json.loads(newest["message"])[name]
    return float(value)


def has_logged(rehearsal: Rehearsal, text: str, since: int) -> bool:
    """Whether the function has logged a line with this text since a time of `now_ms`."""
    logs: Any = root_session().client("logs", endpoint_url=rehearsal.target.stack.endpoint_url)
    found = logs.filter_log_events(logGroupName=LOG_GROUP, startTime=since)["events"]
    return any(text in each["message"] for each in found)
