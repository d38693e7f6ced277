"""Checkpoint and proof files that somebody has kept of the log in `support/http_log.py`."""

from __future__ import annotations

import json
from pathlib import Path

from indelible.proving.checkpoint_file import make_checkpoint_file
from integration.command_line import run
from support.builders import NOON, WORKSPACE, event_id
from support.deployment import Deployment
from support.http_log import HttpLog
from support.notes import FIRST, LOG
from support.proving import runs_of

POLICY = f"log {LOG.key.text}\nwitness w {FIRST.witness_key.text}\nquorum w\n"
"""Trusts the log, and wants the witness."""


def grow(deployment: Deployment, *counts: int) -> None:
    """Let the chain grow by so many records, a run for each number."""
    for count in counts:
        deployment.grow(WORKSPACE, count)
        deployment.run()


def record_id(sequence: int) -> str:
    """The id of a record of the chain."""
    return event_id(sequence, NOON + sequence * 1_000)


def kept_checkpoint(log: HttpLog, folder: Path) -> str:
    """The path of the checkpoint file of now."""
    file = make_checkpoint_file(runs_of(log.deployment).read(log.deployment.now), WORKSPACE)
    (folder / "kept.tlog-proof").write_bytes(file.encoded)
    return str(folder / "kept.tlog-proof")


def kept_proof(log: HttpLog, folder: Path, sequence: int = 7) -> str:
    """The path of the proof of a record."""
    file = folder / f"{sequence}.tlog-proof"
    outcome = run("proof", record_id(sequence), "--out", str(file))
    assert outcome.status == 0, outcome.stderr
    return str(file)


def verdict(*arguments: str, status: int = 0) -> dict[str, object]:
    """The verdict of `indelible verify` as JSON."""
    outcome = run("verify", *arguments, "--json")
    assert outcome.status == status, outcome.stderr
    found: dict[str, object] = json.loads(outcome.stdout)
    return found
