"""The newest run: read with few calls, never an old one, with its newest cosignatures."""

from __future__ import annotations

from dataclasses import replace

import pytest
from indelible.checkpoints.object_keys import run_key
from indelible.errors import NotReady
from indelible.proving.checkpoint_file import make_checkpoint_file
from indelible.proving.newest import KEPT_SECONDS
from indelible.tlog.endorsement import evaluate
from indelible.tlog.note import NoteSignature
from indelible.verifying.coverage import Assurance
from support.builders import SECOND, WORKSPACE
from support.deployment import HOUR
from support.notes import FIRST, LOG, THIRD
from support.proving import POLICY, a_deployment, runs_of, verified
from unit.newest_runs import LOG_CALL, OBJECT, STATE, a_log, calls_of, number_of


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


def test_the_state_of_each_workspace_is_found() -> None:
    deployment = a_log()
    for number in range(40):
        deployment.grow(f"ws_other_{number}", number + 1)
    deployment.run()
    newest = runs_of(deployment).get(deployment.now)
    assert newest
    for each in deployment.state.workspaces:
        assert newest.workspace(each.workspace_id) == each
