"""A log that goes on elsewhere: under a new name, or in a stack that was created again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from indelible.checkpoints.entries import ContinuesEntry
from indelible.checkpoints.proof_file import ProofFile
from indelible.checkpoints.requests import ContinueRequest, TakeOverRequest
from indelible.cli.stack import Stack
from indelible.covering.newest_run import read_run
from indelible.errors import Contradiction
from indelible.proving.checkpoint_file import make_checkpoint_file
from indelible.tlog.checkpoint import Checkpoint, read_checkpoint
from indelible.tlog.note import Note
from integration.command_line import a_workspace, chain_events, run
from integration.kept_files import grow
from integration.log_of_stack import cover, lose_states, the_log
from integration.turns import TURN
from support.builders import WORKSPACE
from support.notes import LOG, Signer
from support.proving import a_deployment, runs_of

OLD = Signer("old.example.com/log")


@pytest.fixture
def workspace(stack: Stack) -> str:
    """A workspace with three records, which no run has covered."""
    workspace_id = a_workspace()
    chain_events(stack, workspace_id, 3)
    return workspace_id


def old_file(log: Signer = OLD) -> ProofFile:
    """A checkpoint file of a log that was lost."""
    deployment = a_deployment()
    grow(deployment, 3, 2)
    file = make_checkpoint_file(runs_of(deployment).read(deployment.now), WORKSPACE)
    text = replace(read_checkpoint(file.note.text), origin=log.name).text
    return replace(file, note=Note(text, (log.sign(text),)))


def kept(folder: Path, content: bytes) -> str:
    (folder / "kept").write_bytes(content)
    return str(folder / "kept")


def old_checkpoint() -> Checkpoint:
    return read_checkpoint(old_file().note.text)


@pytest.mark.parametrize("form", ["a checkpoint file", "the checkpoint of the log"])
def test_a_new_log_begins_with_the_last_checkpoint_of_the_old_one(
    workspace: str, stack: Stack, tmp_path: Path, form: str
) -> None:
    file, old = old_file(), old_checkpoint()
    name = kept(tmp_path, file.encoded if form == "a checkpoint file" else file.note.encoded)
    outcome = run("checkpoint", "continue", name, answer="n\n")
    assert (outcome.status, [*the_log().turns.requests()]) == (1, [])
    outcome = run("checkpoint", "continue", name, answer="y\n")
    assert outcome.status == 0, outcome.stderr
    assert f"{OLD.name}, of size {old.size}." in outcome.stdout
    assert cover(stack, workspace).published
    begun = read_run(the_log().bucket, 1)
    assert begun.entries_before == (
        ContinuesEntry(begun.run_entry.time, OLD.name, old.size, old.root),
    )
    assert [*the_log().turns.requests()] == []
    assert "covered 3 of 3 records" in run("checkpoint", "show", workspace).stdout


def test_it_is_requested_while_checkpoints_are_still_off_in_a_table_with_the_old_turn(
    workspace: str, stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    the_log().turns.take(TURN, None)
    monkeypatch.setattr(
        "indelible.cli.checkpoint_continue.find_stack", lambda _: replace(stack, log=None)
    )
    assert run("checkpoint", "continue", kept(tmp_path, old_file().encoded), "--yes").status == 0
    old = old_checkpoint()
    requested = ContinueRequest(OLD.name, old.size, old.root)
    assert [*the_log().turns.requests()] == [requested]
    assert cover(stack, workspace).published
    entries = read_run(the_log().bucket, 1).entries_before
    assert [type(each) for each in entries] == [ContinuesEntry]


def test_a_log_that_has_begun_continues_no_other(
    workspace: str, stack: Stack, tmp_path: Path
) -> None:
    cover(stack, workspace)
    outcome = run("checkpoint", "continue", kept(tmp_path, old_file().encoded), "--yes")
    assert outcome.status == 1
    assert "has begun" in outcome.stderr
    assert [*the_log().turns.requests()] == []


def test_a_log_does_not_continue_one_of_its_own_name_or_what_is_no_checkpoint(
    workspace: str, tmp_path: Path
) -> None:
    same = kept(tmp_path, old_file(LOG).encoded)
    outcome = run("checkpoint", "continue", same, "--yes")
    assert (outcome.status, "another name" in outcome.stderr) == (1, True)
    for content in (b"", b"\n\n", b"{}", b"no checkpoint\n\nand no signature\n"):
        outcome = run("checkpoint", "continue", kept(tmp_path, content), "--yes")
        assert (outcome.status, "no checkpoint" in outcome.stderr) == (1, True), content
    assert run("checkpoint", "continue", str(tmp_path / "none"), "--yes").status == 1
    assert [*the_log().turns.requests()] == []


def test_a_stack_created_again_has_no_state_and_goes_on_once_it_is_made_anew(
    workspace: str, stack: Stack
) -> None:
    """With the old table that is all. With another one it also has to take over."""
    cover(stack, workspace)
    lose_states(stack)
    with pytest.raises(Contradiction, match="checkpoint rebuild"):
        cover(stack, workspace)
    other = "arn:aws:dynamodb:eu-central-1:111122223333:table/other"
    with pytest.raises(Contradiction, match="take-over"):
        cover(stack, workspace, table_arn=other)
    the_log().turns.request(TakeOverRequest(other), 1)
    with pytest.raises(Contradiction, match="checkpoint rebuild"):
        cover(stack, workspace, table_arn=other)
    assert run("checkpoint", "rebuild").status == 0
    chain_events(stack, workspace, 1)
    assert cover(stack, workspace, table_arn=other).published
    assert [*the_log().turns.requests()] == []
