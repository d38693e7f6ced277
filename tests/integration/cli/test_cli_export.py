"""`indelible export` and `indelible verify --file`: a chain verifies outside AWS too."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from indelible.aws.ledger import DynamoDBLedger
from indelible.aws.table import chain_pk, key, number, segment_sk
from indelible.chain.segment import read_records
from indelible.cli import export
from indelible.cli.stack import Stack
from integration.command_line import a_workspace, chain_events, lines_of, run
from integration.log_of_stack import cover
from support.export_lines import record_in


def test_the_file_holds_the_exact_bytes_of_every_record(stack: Stack, tmp_path: Path) -> None:
    workspace_id = a_workspace()
    *_, last = chain_events(stack, workspace_id, 3, 1, 4)
    path = tmp_path / "chain.ndjson.gz"

    outcome = run("export", workspace_id, "--out", str(path))

    assert outcome.status == 0
    assert "8 records" in outcome.stdout
    assert f"head 8:{last.event_hash.hex()}" in outcome.stdout
    stored = DynamoDBLedger(stack.table).ascending(workspace_id, 1)
    first, *lines = lines_of(path)
    manifest = json.loads(first)
    assert [record_in(f"{line}\n".encode()) for line in lines] == [
        record for segment in stored for record in read_records(segment)
    ]
    assert manifest["head"] == {"sequence": 8, "event_hash": last.event_hash.hex()}
    assert [*tmp_path.iterdir()] == [path]


def test_an_unreadable_end_is_reported_when_exporting_and_when_verifying(
    stack: Stack, tmp_path: Path
) -> None:
    workspace_id = a_workspace()
    chain_events(stack, workspace_id, 3, 1)
    place = key(chain_pk(workspace_id), segment_sk(5))
    stack.table.client.put_item(TableName=stack.table.name, Item={**place, "count": number(1)})
    path = str(tmp_path / "chain.gz")

    exported = run("export", workspace_id, "--out", path)
    outcome = run("verify", "--file", path, "--json")

    assert exported.status == 0
    assert "not a segment" in exported.stderr
    assert outcome.status == 1
    [found] = json.loads(outcome.stdout)["breaks"]
    assert (found["type"], found["sequence"]) == ("unreadable", 5)


def test_the_result_of_an_export_as_json(stack: Stack, tmp_path: Path) -> None:
    workspace_id, path = a_workspace(), tmp_path / "chain.ndjson.gz"
    [segment] = chain_events(stack, workspace_id, 3)
    outcome = run("export", workspace_id, "--out", str(path), "--json")
    assert json.loads(outcome.stdout) == {
        "workspace_id": workspace_id,
        "file": str(path),
        "records": 3,
        "events": 3,
        "bytes": path.stat().st_size,
        "head": f"3:{segment.event_hash.hex()}",
    }


@pytest.mark.parametrize(("option", "start"), [([], b""), (["--bom"], b"\xef\xbb\xbf")])
def test_an_export_as_csv(stack: Stack, tmp_path: Path, option: list[str], start: bytes) -> None:
    workspace_id, path = a_workspace(), tmp_path / "chain.csv"
    chain_events(stack, workspace_id, 3, 1)
    done = run("export", workspace_id, "--out", str(path), "--format", "csv", *option)
    assert done.status == 0, done.stderr
    assert path.read_bytes().startswith(start + b'"id","sequence"')
    assert len(path.read_bytes().splitlines()) == 5
    refused = run("export", workspace_id, "--out", str(tmp_path / "x"), "--bom")
    assert refused.status == 2
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("bound", [["--from", "2100-01-01"], ["--to", "2001-01-01"]])
def test_an_export_without_records_shows_no_head(
    stack: Stack, tmp_path: Path, bound: list[str]
) -> None:
    workspace_id, path = a_workspace(), str(tmp_path / "none.gz")
    chain_events(stack, workspace_id, 3)
    shown = run("export", workspace_id, "--out", path, *bound)
    assert shown.status == 0, shown.stderr
    assert "head 3:" not in shown.stdout
    assert "No record is in the range" in shown.stdout
    made = run("export", workspace_id, "--out", path, *bound, "--force", "--json")
    assert json.loads(made.stdout)["head"] is None
    assert json.loads(run("verify", "--file", path, "--json").stdout)["head"] is None


def test_the_file_carries_the_newest_checkpoint_and_verify_says_how_far_it_covers(
    stack: Stack, tmp_path: Path
) -> None:
    workspace_id = a_workspace()
    chain_events(stack, workspace_id, 3, 1, 4)
    cover(stack, workspace_id)
    chain_events(stack, workspace_id, 2)
    path = tmp_path / "chain.ndjson.gz"
    assert run("export", workspace_id, "--out", str(path)).status == 0
    outcome = run("verify", "--file", str(path), "--json")
    found = json.loads(outcome.stdout)
    assert (outcome.status, found["records"]) == (0, 10)
    assert found["coverage"]["covered_to"] == 8


def test_a_stack_without_checkpoints_writes_files_as_before(
    stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace_id = a_workspace()
    chain_events(stack, workspace_id, 3)
    monkeypatch.setattr(export, "find_stack", lambda _: replace(stack, log=None))
    path = tmp_path / "chain.ndjson.gz"
    assert run("export", workspace_id, "--out", str(path)).status == 0
    assert json.loads(lines_of(path)[0])["version"] == 1
