"""`indelible checkpoint show` and `fetch`, `indelible witness`."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from indelible.aws.scrub_verdicts import DynamoDBScrubVerdicts
from indelible.chain.hashes import GENESIS
from indelible.checkpoints.proof_file import read_proof_file
from indelible.checkpoints.watched import LOG as THE_LOG
from indelible.checkpoints.watched import Finding, Watched
from indelible.cli.stack import Stack
from indelible.tlog.checkpoint import read_checkpoint
from indelible.tlog.note import read_note
from indelible.tlog.policy import policy_of
from indelible.verifying.proof import verify_proof
from integration.command_line import a_workspace, chain_events, run
from integration.log_of_stack import cover, put
from support.builders import NOON
from support.memory_witness import MemoryWitness
from support.notes import FIRST, LOG


@pytest.fixture
def workspace(stack: Stack) -> str:
    """A workspace whose chain of eight records is covered."""
    workspace_id = a_workspace()
    chain_events(stack, workspace_id, 3, 1, 4)
    cover(stack, workspace_id)
    return workspace_id


def shown(*arguments: str) -> dict[str, Any]:
    outcome = run("checkpoint", "show", *arguments, "--json")
    assert outcome.status == 0, outcome.stderr
    found: dict[str, Any] = json.loads(outcome.stdout)
    return found


def test_show_has_the_newest_run_its_keys_and_its_size(workspace: str) -> None:
    facts = shown()
    assert (facts["origin"], facts["run"], facts["size"]) == (LOG.name, 1, 1)
    assert (facts["workspaces"], facts["records"], facts["held"]) == (1, 8, [])
    [key] = facts["keys"]
    assert (key["vkey"], key["signed"], key["first_size"]) == (LOG.key.text, True, 1)
    text = run("checkpoint", "show").stdout
    assert LOG.key.text in text
    assert "signed by the operator only" in text


def test_show_says_how_far_a_workspace_is_covered(workspace: str, stack: Stack) -> None:
    chain_events(stack, workspace, 5)
    facts = shown(workspace)
    coverage = facts["coverage"]
    assert (coverage["covered_to"], facts["records"], coverage["epoch"]) == (8, 13, 0)
    assert coverage["since"] == coverage["run_time"]
    verdict = json.loads(run("verify", workspace, "--json").stdout)
    assert verdict["coverage"] == coverage
    text = run("checkpoint", "show", workspace).stdout
    assert f"{workspace}: covered 8 of 13 records, signed by the operator only" in text
    assert "coverage exists since" in text


def test_show_names_witnesses_and_when_they_cosigned(workspace: str, stack: Stack) -> None:
    assert run("witness", "add", "https://w.example/x/", FIRST.witness_key.text).status == 0
    chain_events(stack, workspace, 1)
    cover(stack, workspace, witnesses=[MemoryWitness()])
    [witness] = shown()["witnesses"]
    assert witness == {
        "name": FIRST.name,
        "url": "https://w.example/x",
        "cosigned_at": "2026-11-23T12:01:02Z",
    }
    assert "witnessed" in run("checkpoint", "show", workspace).stdout


def test_show_says_what_holds_a_workspace(workspace: str, stack: Stack) -> None:
    [segment] = chain_events(stack, workspace, 2)
    put(stack, replace(segment, event_hash=GENESIS))
    cover(stack, workspace)
    hold = shown(workspace)["coverage"]["held"]
    assert isinstance(hold, dict)
    assert hold["sequence"] in (9, 10)
    assert "does not verify" in run("checkpoint", "show", workspace).stdout
    assert "1 workspace held:" in run("checkpoint", "show").stdout


def test_show_has_what_the_watcher_found_in_the_log_itself(workspace: str, stack: Stack) -> None:
    assert shown()["findings"] == []
    detail = "run/000000000001 has 2 versions and 0 delete markers; it must have one version"
    found = Finding(THE_LOG, "key/run/000000000001", "bucket_tampered", 0, NOON, detail)
    DynamoDBScrubVerdicts(stack.table).put(THE_LOG, Watched([found], 0, 0))
    [shown_finding] = shown()["findings"]
    assert shown_finding == {
        "since": "2026-11-23T12:00:00.000000Z",
        "type": "bucket_tampered",
        "sequence": 0,
        "detail": detail,
    }
    assert "bucket_tampered" in run("checkpoint", "show").stdout


def test_a_log_without_a_run_and_an_unknown_workspace_are_said_to_be_so(stack: Stack) -> None:
    outcome = run("checkpoint", "show")
    assert (outcome.status, outcome.stdout) == (1, "")
    assert "has no run yet" in outcome.stderr
    workspace_id = a_workspace()
    cover(stack, workspace_id)
    assert run("checkpoint", "show", "ws_none").status == 1
    assert "no chain of 'ws_none'" in run("checkpoint", "show", "ws_none").stderr


def test_fetch_writes_the_checkpoint_of_the_log(workspace: str) -> None:
    outcome = run("checkpoint", "fetch")
    assert outcome.status == 0
    assert read_checkpoint(read_note(outcome.stdout.encode()).text).size == 1


def test_fetch_writes_a_checkpoint_file_that_verifies(workspace: str, tmp_path: Path) -> None:
    file = tmp_path / "kept.tlog-proof"
    assert run("checkpoint", "fetch", workspace, "--out", str(file)).status == 0
    verdict = verify_proof(read_proof_file(file.read_bytes()), policy_of(LOG.key))
    assert verdict.checkpoint.size == 8
    again = run("checkpoint", "fetch", workspace, "--out", str(file))
    assert (again.status, "already exists" in again.stderr) == (1, True)
    assert run("checkpoint", "fetch", workspace, "--out", str(file), "--force").status == 0


def test_fetch_writes_all_tiles_of_the_log_and_of_a_workspace(
    workspace: str, tmp_path: Path
) -> None:
    assert run("checkpoint", "fetch", "--tiles", str(tmp_path / "log")).status == 0
    log = {str(each.relative_to(tmp_path / "log")) for each in (tmp_path / "log").rglob("*.p/*")}
    assert log == {"tile/0/000.p/1", "tile/entries/000.p/1"}
    assert (tmp_path / "log" / "checkpoint").exists()
    outcome = run("checkpoint", "fetch", workspace, "--tiles", str(tmp_path / "ws"))
    assert outcome.status == 0
    assert "3 files, as of run 1" in outcome.stderr
    assert (tmp_path / "ws" / "tile" / "0" / "000.p" / "8").stat().st_size == 8 * 32


def test_a_folder_with_another_tree_is_refused(workspace: str, tmp_path: Path) -> None:
    assert run("checkpoint", "fetch", "--tiles", str(tmp_path)).status == 0
    assert run("checkpoint", "fetch", "--tiles", str(tmp_path)).status == 0
    tile = tmp_path / "tile" / "0" / "000.p" / "1"
    tile.write_bytes(bytes(32))
    outcome = run("checkpoint", "fetch", "--tiles", str(tmp_path))
    assert outcome.status == 1
    assert "this tree was once another one" in outcome.stderr
    assert tile.read_bytes() == bytes(32)


def test_witnesses_are_added_listed_and_removed(stack: Stack) -> None:
    vkey = FIRST.witness_key.text
    assert run("witness", "add", "https://w.example/add-checkpoint", vkey).status == 0
    assert json.loads(run("witness", "list", "--json").stdout) == [
        {"name": FIRST.name, "url": "https://w.example", "vkey": vkey, "failure": None}
    ]
    assert vkey in run("witness", "list").stdout
    assert run("witness", "remove", FIRST.name).status == 0
    assert run("witness", "remove", FIRST.name).status == 1
    assert json.loads(run("witness", "list", "--json").stdout) == []


@pytest.mark.parametrize(
    ("url", "vkey"),
    [
        ("ftp://w.example", FIRST.witness_key.text),
        ("https://w.example/?a=b", FIRST.witness_key.text),
        ("https://w.example", LOG.key.text),
        ("https://w.example", "w+00000000+AAAA"),
    ],
)
def test_a_witness_with_a_wrong_address_or_key_is_wrong_usage(
    stack: Stack, url: str, vkey: str
) -> None:
    assert run("witness", "add", url, vkey).status == 2


def test_a_stack_without_checkpoints_says_so(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("indelible.cli.log.find_stack", lambda _: replace(stack, log=None))
    outcome = run("checkpoint", "show")
    assert outcome.status == 1
    assert "switched off" in outcome.stderr
