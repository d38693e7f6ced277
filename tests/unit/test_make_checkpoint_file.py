"""Checkpoint files from the newest run: one workspace each, whatever the size of the log."""

from __future__ import annotations

from dataclasses import replace

import pytest
from indelible.checkpoints.workspace_map import row_key
from indelible.checkpoints.workspace_state import Hold, WorkspaceState
from indelible.errors import ChainHeld, DamagedItem, NotReady
from indelible.proving.checkpoint_file import make_checkpoint_file
from indelible.tlog.compact_range import CompactRange
from support.builders import NOON, SECOND, WORKSPACE
from support.proving import POLICY, a_deployment, publish_state, runs_of, verified
from support.trees import leaf
from unit.newest_runs import LOG_CALL, OBJECT, STATE, a_log, calls_of


def test_a_row_that_is_not_of_its_checkpoint_gives_no_file() -> None:
    deployment = a_log()
    newest = runs_of(deployment).get(deployment.now)
    assert newest
    key = row_key(WORKSPACE)
    newest.rows[key] = newest.rows[key]._replace(size=16)
    with pytest.raises(DamagedItem, match="row of ws_test"):
        make_checkpoint_file(newest, WORKSPACE)


@pytest.mark.parametrize("size", [1, 2, 3, 255, 256, 257, 511, 512, 513, 65_536, 65_537, 65_792])
def test_the_checkpoint_file_is_right_whatever_the_size_of_the_log(size: int) -> None:
    """At a multiple of 256 entries, the last one is in a full tile, which is not stored yet."""
    deployment = a_deployment()
    deployment.witnesses = []
    publish_state(
        deployment, WorkspaceState(WORKSPACE, tree=CompactRange(1, (leaf(0),))), log_size=size
    )
    newest = runs_of(deployment).get(deployment.now)
    more = [OBJECT] if size in (256, 512, 65_536, 65_792) else []
    assert calls_of(deployment) == [LOG_CALL, OBJECT, STATE, *more]
    operator = replace(POLICY, witnesses={}, groups={}, quorum="none")
    verdict = verified(make_checkpoint_file(newest, WORKSPACE), operator)
    assert (verdict.log_size, verdict.checkpoint.size) == (size, 1)
    assert verdict.run_time == deployment.now // SECOND


def test_a_checkpoint_file_names_no_other_workspace() -> None:
    deployment = a_log()
    for number in range(40):
        deployment.grow(f"ws_other_{number}", 2)
    deployment.run()
    newest = runs_of(deployment).get(deployment.now)
    file = make_checkpoint_file(newest, WORKSPACE).encoded
    assert b"ws_other" not in file
    assert verified(make_checkpoint_file(newest, "ws_other_7")).checkpoint.size == 2


def test_a_workspace_that_no_run_has_seen_has_no_file_yet() -> None:
    deployment = a_log()
    newest = runs_of(deployment).get(deployment.now)
    with pytest.raises(NotReady):
        make_checkpoint_file(newest, "ws_unknown")
    assert newest
    assert newest.workspace("ws_unknown") is None


def test_a_workspace_of_which_nothing_is_covered_has_no_file_yet() -> None:
    hold = Hold(NOON, "hash_mismatch", 1, "as it is")
    deployment = a_deployment()
    publish_state(deployment, WorkspaceState(WORKSPACE), WorkspaceState("ws_held", hold=hold))
    newest = runs_of(deployment).get(deployment.now)
    assert newest
    assert newest.row(WORKSPACE)
    with pytest.raises(NotReady):
        make_checkpoint_file(newest, WORKSPACE)
    with pytest.raises(ChainHeld, match=r"up to record 0: since .* record 1 does not verify"):
        make_checkpoint_file(newest, "ws_held")
