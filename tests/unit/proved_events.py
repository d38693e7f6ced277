"""Proofs of events, from what runs have stored."""

from __future__ import annotations

from indelible.proving.event_proof import prove_event
from indelible.proving.newest import NewestRuns
from support.builders import WORKSPACE, records_of
from support.deployment import Deployment
from support.proving import (
    runs_of,
    verified,
)


def prove(
    deployment: Deployment,
    sequence: int,
    record: bytes,
    runs: NewestRuns | None = None,
    now: int | None = None,
    workspace_id: str = WORKSPACE,
) -> bytes:
    """The bytes of the proof, which are verified."""
    runs = runs or runs_of(deployment)
    now = deployment.now if now is None else now
    file = prove_event(
        runs, deployment.bucket, deployment.ledger, workspace_id, sequence, record, now
    )
    header = verified(file).record
    assert header
    assert (header.workspace_id, header.sequence) == (workspace_id, sequence)
    assert file.event
    assert file.event.record == record
    return file.encoded


def stored_record(deployment: Deployment, sequence: int) -> bytes:
    return records_of(deployment.ledger.chain(WORKSPACE))[sequence - 1]
