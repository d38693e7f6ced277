"""What a run has stored is taken only as it was stored, and as the log signed it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256

import pytest
from indelible.checkpoints.object_keys import run_key
from indelible.checkpoints.workspace_state import WorkspaceState
from indelible.errors import DamagedItem
from support.deployment import Deployment
from support.notes import LOG
from support.proving import runs_of
from unit.newest_runs import a_log


def test_a_turn_of_a_later_run_in_an_empty_bucket_is_damage() -> None:
    deployment = a_log()
    deployment.bucket.objects.clear()
    with pytest.raises(DamagedItem, match="turn is that of 3"):
        runs_of(deployment).get(deployment.now)


def lose_state(deployment: Deployment) -> None:
    deployment.states.versions.clear()


def change_state(deployment: Deployment) -> None:
    version = deployment.runs[-1].state_version
    deployment.states.versions[version] = deployment.states.versions[version][:-1] + b"x"


def garble_run(deployment: Deployment) -> None:
    deployment.bucket.objects[run_key(3)] = b"{}"


def swap_runs(deployment: Deployment) -> None:
    deployment.bucket.objects[run_key(3)] = deployment.bucket.objects[run_key(2)]


@pytest.mark.parametrize("damage", [lose_state, change_state, garble_run, swap_runs])
def test_what_a_run_stored_is_damaged_unless_it_is_as_it_was(
    damage: Callable[[Deployment], None],
) -> None:
    deployment = a_log()
    damage(deployment)
    with pytest.raises(DamagedItem, match="run"):
        runs_of(deployment).get(deployment.now)


def test_a_map_that_the_log_did_not_sign_proves_nothing() -> None:
    """Who can write the state bucket and publish a run's object may still not change a row."""
    deployment = a_log()
    run = deployment.runs[-1]
    other = deployment.state.after(
        3, run.run_entry.time, LOG.name, [WorkspaceState("ws_new")]
    ).encoded
    deployment.states.versions[run.state_version] = other
    changed = replace(run, state_sha256=sha256(other).digest())
    deployment.bucket.objects[run_key(3)] = changed.encoded
    with pytest.raises(DamagedItem, match="map of run 3"):
        runs_of(deployment).get(deployment.now)
