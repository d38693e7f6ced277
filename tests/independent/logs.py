"""Logs as runs publish them, in the layout that other people's programs read."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from indelible.proving.log_layout import File, log_files, workspace_files
from indelible.proving.newest import NewestRun
from support.deployment import Deployment
from support.memory_witness import MemoryWitness
from support.notes import FIRST, SECOND
from support.proving import runs_of

WORKSPACES = ("ws_first", "ws_second", "ws_third")


def a_log(runs: int) -> Deployment:
    """A log of so many runs, which two witnesses have cosigned. Each covers 4 records."""
    deployment = Deployment(witnesses=[MemoryWitness(private=each) for each in (FIRST, SECOND)])
    go_on(deployment, runs)
    return deployment


def go_on(deployment: Deployment, runs: int) -> None:
    """Publish more runs. Workspaces take turns in growing."""
    for number in range(runs):
        deployment.grow(WORKSPACES[number % len(WORKSPACES)], 3, 1)
        assert deployment.run().warnings == []


def newest_of(deployment: Deployment) -> NewestRun:
    """The newest run."""
    newest = runs_of(deployment).get(deployment.now)
    assert newest
    return newest


def write_log(deployment: Deployment, folder: Path) -> Path:
    """Write what `indelible checkpoint fetch --tiles FOLDER` writes. Returns the folder."""
    return _write(folder, log_files(deployment.bucket, newest_of(deployment)))


def write_workspace(deployment: Deployment, workspace_id: str, folder: Path) -> Path:
    """Write what `indelible checkpoint fetch WORKSPACE --tiles FOLDER` writes."""
    newest = newest_of(deployment)
    state = newest.workspace(workspace_id)
    assert state
    files = workspace_files(deployment.bucket, deployment.ledger, newest, state)
    return _write(folder, files)


def _write(folder: Path, files: Iterable[File]) -> Path:
    for path, content in files:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return folder
