"""A log of some runs, and the calls that readers of its newest run make."""

from __future__ import annotations

from indelible.proving.newest import NewestRun
from support.builders import WORKSPACE
from support.deployment import Deployment
from support.proving import a_deployment

LOG_CALL, OBJECT, STATE = "turns.position", "bucket.read", "states.read"


def a_log(runs: int = 3) -> Deployment:
    """A deployment whose log has so many runs, each of which covers 5 records more."""
    deployment = a_deployment()
    for _ in range(runs):
        deployment.grow(WORKSPACE, 5)
        deployment.run()
    deployment.bucket.faults.calls.clear()
    return deployment


def calls_of(deployment: Deployment) -> list[str]:
    calls = [*deployment.bucket.faults.calls]
    deployment.bucket.faults.calls.clear()
    return calls


def number_of(newest: NewestRun | None) -> int:
    assert newest
    return newest.run.number
