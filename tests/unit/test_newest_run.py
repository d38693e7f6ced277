"""The newest run, and the checkpoint files that are made from it: few calls, never an old run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256

import pytest
from indelible.checkpoints.object_keys import run_key
from indelible.checkpoints.workspace_map import row_key
from indelible.checkpoints.workspace_state import Hold, WorkspaceState
from indelible.errors import ChainHeld, DamagedItem, NotReady
from indelible.proving.checkpoint_file import make_checkpoint_file
from indelible.proving.newest import KEPT_SECONDS, NewestRun
from indelible.tlog.compact_range import CompactRange
from indelible.tlog.endorsement import evaluate
from indelible.tlog.note import NoteSignature
from indelible.verifying.coverage import Assurance
from support.builders import NOON, SECOND, WORKSPACE
from support.deployment import HOUR, Deployment
from support.notes import FIRST, LOG, THIRD
from support.proving import POLICY, a_deployment, publish_state, runs_of, verified
from support.trees import leaf

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


def test_a_run_is_read_with_three_calls_and_remembered_for_a_minute() -> None:
    deployment = a_log()
    runs, now = runs_of(deployment), deployment.now
    newest = runs.get(now)
    assert calls_of(deployment) == [LOG_CALL, OBJECT, STATE]
    assert runs.get(now + (KEPT_SECONDS - 1) * SECOND) is newest
    assert calls_of(deployment) == []
    assert number_of(runs.get(now + KEPT_SECONDS * SECOND)) == 3
    assert calls_of(deployment) == [LOG_CALL]


def test_a_run_is_remembered_no_longer_when_a_clock_goes_back() -> None:
    deployment = a_log()
    runs = runs_of(deployment)
    runs.get(deployment.now)
    deployment.grow(WORKSPACE, 5)
    deployment.run()
    assert number_of(runs.get(deployment.now - 3 * KEPT_SECONDS * SECOND)) == 4


def test_a_turn_without_its_run_leads_to_the_run_before() -> None:
    """A run takes its turn some seconds before it publishes."""
    deployment = a_log()
    del deployment.bucket.objects[run_key(3)]
    assert number_of(runs_of(deployment).get(deployment.now)) == 2
    assert calls_of(deployment) == [LOG_CALL, OBJECT, OBJECT, STATE]


def test_a_known_run_is_not_read_again_while_the_next_one_is_published() -> None:
    deployment = a_log()
    runs = runs_of(deployment)
    runs.get(deployment.now)
    deployment.grow(WORKSPACE, 5)
    deployment.run()
    published = deployment.bucket.objects.pop(run_key(4))
    calls_of(deployment)
    assert number_of(runs.read(deployment.now)) == 3
    assert calls_of(deployment) == [LOG_CALL, OBJECT]
    deployment.bucket.objects[run_key(4)] = published
    assert number_of(runs.read(deployment.now)) == 4


@pytest.mark.parametrize("turn", ["of the second run", "none", "far ahead"])
def test_a_table_that_was_restored_or_written_to_does_not_make_an_old_run_the_newest(
    turn: str,
) -> None:
    deployment = a_log(2)
    old = deployment.turns.turn
    assert old
    for _ in range(9):
        deployment.run(after=HOUR)
    restored = {"of the second run": old, "none": None, "far ahead": replace(old, run=10**6)}
    deployment.turns.turn = restored[turn]
    assert number_of(runs_of(deployment).get(deployment.now + HOUR)) == 11


def test_the_bucket_is_asked_for_a_run_that_follows_only_when_the_newest_is_old() -> None:
    deployment = a_log()
    runs_of(deployment).get(deployment.now + 120 * SECOND)
    assert calls_of(deployment) == [LOG_CALL, OBJECT, STATE]
    runs_of(deployment).get(deployment.now + 121 * SECOND)
    assert calls_of(deployment) == [LOG_CALL, OBJECT, OBJECT, STATE]


def test_a_turn_of_a_later_run_in_an_empty_bucket_is_damage() -> None:
    deployment = a_log()
    deployment.bucket.objects.clear()
    with pytest.raises(DamagedItem, match="turn is that of 3"):
        runs_of(deployment).get(deployment.now)


def test_the_turn_of_the_first_run_may_come_before_its_run() -> None:
    deployment = a_log(1)
    deployment.bucket.objects.clear()
    assert runs_of(deployment).get(deployment.now) is None


def test_there_is_nothing_before_the_first_run() -> None:
    deployment = a_deployment()
    assert runs_of(deployment).get(deployment.now) is None
    with pytest.raises(NotReady) as refused:
        make_checkpoint_file(None, WORKSPACE)
    assert refused.value.retry_after == 60


def test_newer_cosignatures_take_the_place_of_published_ones() -> None:
    deployment = a_log()
    runs = runs_of(deployment)
    published = runs.get(deployment.now)
    assert published
    later = FIRST.cosign(published.note.text, deployment.now // SECOND + 59)
    deployment.turns.cosigned = published.note.with_signatures(later)
    newest = runs.read(deployment.now)
    assert newest
    assert newest.run == published.run
    [cosigned_at] = evaluate(POLICY, newest.note).cosigned_at.values()
    assert cosigned_at == deployment.now // SECOND + 59
    assert verified(make_checkpoint_file(newest, WORKSPACE)).witnessed_at == cosigned_at


def test_cosignatures_of_an_older_run_are_not_taken() -> None:
    deployment = a_log()
    older = runs_of(deployment).get(deployment.now)
    assert older
    deployment.turns.cosigned = older.note.with_signatures(THIRD.cosign(older.note.text, 1))
    deployment.grow(WORKSPACE, 5)
    deployment.run()
    newest = runs_of(deployment).get(deployment.now)
    assert newest
    assert newest.note == newest.run.note


def test_who_can_write_the_table_cannot_replace_the_logs_own_signature() -> None:
    deployment = a_log()
    newest = runs_of(deployment).get(deployment.now)
    assert newest
    forged = NoteSignature(LOG.name, LOG.key.key_id, bytes(64))
    deployment.turns.cosigned = newest.note.with_signatures(forged)
    again = runs_of(deployment).get(deployment.now)
    assert again
    assert verified(make_checkpoint_file(again, WORKSPACE)).assurance is Assurance.WITNESSED


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
    other = deployment.state.after(3, LOG.name, [WorkspaceState("ws_new")]).encoded
    deployment.states.versions[run.state_version] = other
    changed = replace(run, state_sha256=sha256(other).digest())
    deployment.bucket.objects[run_key(3)] = changed.encoded
    with pytest.raises(DamagedItem, match="map of run 3"):
        runs_of(deployment).get(deployment.now)


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


def test_the_state_of_each_workspace_is_found() -> None:
    deployment = a_log()
    for number in range(40):
        deployment.grow(f"ws_other_{number}", number + 1)
    deployment.run()
    newest = runs_of(deployment).get(deployment.now)
    assert newest
    for each in deployment.state.workspaces:
        assert newest.workspace(each.workspace_id) == each
