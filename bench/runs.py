"""Counts what a run of the checkpoint function does: calls, units, bytes, log, processor time."""

from __future__ import annotations

import statistics
from collections import Counter
from dataclasses import dataclass

from .deployment import MINUTE, Deployment, workspace_ids

HOUR = 3_600
_TILE = 256


@dataclass(frozen=True, slots=True)
class CountedRun:
    """The means of some runs in a row, in which `workspaces` chains grow by `records` each.

    `notes` are growth notes, of which the indexer sends each with a call. `tiles` are those puts
    that are made side by side. `stored_bytes` are added to the locked bucket.
    """

    workspaces: int
    records: int
    calls: dict[str, float]
    notes: float
    tiles: float
    sent_bytes: float
    received_bytes: float
    stored_bytes: float
    write_units: float
    read_units: float
    log_bytes: float
    log_lines: float
    cpu_ms: float
    """Processor time, botocore included: the median."""


def idle_runs(after: int = MINUTE) -> CountedRun:
    """Twenty runs in which nothing has grown. After an hour, each publishes even so."""
    deployment = _covered(1)
    return _count(deployment, 20, 0, 0, after)


def grown_runs(workspaces: int, records: int, runs: int = _TILE) -> CountedRun:
    """Runs before each of which every workspace has got a segment with so many records.

    In 256 runs, each record has its part of a tile, and each run its part of the log's tiles. With
    fewer runs, chains begin with 1 to 256 records, so that as many tiles become full in each.
    """
    deployment = _covered(workspaces, is_spread=runs < _TILE)
    return _count(deployment, runs, workspaces, records, MINUTE)


def _covered(workspaces: int, *, is_spread: bool = False) -> Deployment:
    """A deployment that has covered all of its workspaces, in a warm process."""
    deployment = Deployment()
    names = workspace_ids(workspaces)
    deployment.grow(
        {name: 1 + number * _TILE // workspaces * is_spread for number, name in enumerate(names)}
    )
    deployment.run()
    deployment.run(1)
    return deployment


def _count(
    deployment: Deployment, runs: int, workspaces: int, records: int, after: int
) -> CountedRun:
    cloud, names = deployment.cloud, workspace_ids(workspaces)
    before = _stored(deployment)
    taken, calls, notes = list[float](), Counter[str](), 0
    cloud.forget()
    begin = deployment.log.tell()
    for _ in range(runs):
        if names:
            deployment.grow(dict.fromkeys(names, records))
            notes += len(cloud.notes)
        taken.append(deployment.run(after))
    calls, after_all = cloud.calls, _stored(deployment)
    tiles = sum(key.startswith("ws/") for key in cloud.objects) - before[1]
    log = deployment.log.getvalue()[begin:]
    lines = log.count("\n")
    return CountedRun(
        workspaces=workspaces,
        records=records,
        calls={name: number / runs for name, number in sorted(calls.items())},
        notes=notes / runs,
        tiles=tiles / runs,
        sent_bytes=cloud.sent / runs,
        received_bytes=cloud.received / runs,
        stored_bytes=(after_all[0] - before[0]) / runs,
        write_units=cloud.table.write_units / runs,
        read_units=cloud.table.read_units / runs,
        log_bytes=(len(log) - lines) / runs,
        log_lines=lines / runs,
        cpu_ms=round(statistics.median(taken) * 1_000, 3),
    )


def _stored(deployment: Deployment) -> tuple[int, int]:
    """The bytes in the locked bucket, and its tiles of workspaces."""
    objects = deployment.cloud.objects
    return sum(map(len, objects.values())), sum(key.startswith("ws/") for key in objects)
