"""`indelible export` and `indelible verify --file`: a chain verifies outside AWS too."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from indelible.aws.ledger import DynamoDBLedger
from indelible.aws.table import chain_pk, key, number, segment_sk
from indelible.chain.hashes import EMPTY
from indelible.chain.segment import read_records
from indelible.cli import app, export
from indelible.cli.stack import Stack
from indelible.filters import OCCURRED, TEXTS
from indelible.writing.build_segment import build_segment
from integration.command_line import a_workspace, chain_events, lines_of, run
from integration.log_of_stack import cover
from support.builders import NOON, a_queued_event, counted_entropy
from support.export_lines import record_in
from typer.testing import CliRunner


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


def test_a_range_of_times_is_exported_and_verifies(stack: Stack, tmp_path: Path) -> None:
    workspace_id = a_workspace()
    chain_events(stack, workspace_id, 3, 1, 4)
    whole, part = tmp_path / "whole.gz", tmp_path / "part.gz"
    run("export", workspace_id, "--out", str(whole))
    records = [json.loads(line)["record"] for line in lines_of(whole)[1:]]
    bounds = ["--from", records[1]["created_at"], "--to", records[5]["created_at"]]

    assert run("export", workspace_id, "--out", str(part), *bounds).status == 0

    manifest, *lines = map(json.loads, lines_of(part))
    assert [line["record"]["sequence"] for line in lines] == [2, 3, 4, 5, 6]
    assert manifest["first_sequence"] == 2
    assert run("verify", "--file", str(part)).status == 0


def test_a_file_is_replaced_only_on_request(stack: Stack, file: Path) -> None:
    workspace_id = a_workspace()
    before = file.read_bytes()
    assert run("export", workspace_id, "--out", str(file)).status != 0
    assert file.read_bytes() == before
    assert run("export", workspace_id, "--out", str(file), "--force").status == 0
    assert json.loads(lines_of(file)[0])["records"] == 0


OPTIONS = [f"--{name.replace('_', '-')}" for name in (*TEXTS, *OCCURRED, "metadata", "from", "to")]
"""Of each filter. An empty value must not mean everything: a script may have an unset variable."""


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--from", "yesterday"], ["--from"]),
        (["--to", "2026-11-01T00:00:00"], ["--to", "time zone"]),
        (["--from", "2026-11-02", "--to", "2026-11-01"], ["--from", "later than", "--to"]),
        (["--occurred-from", "2026-02-30"], ["--occurred-from"]),
        (["--actor-id", "user_*"], ["--actor-id", "--action"]),
        (["--action", "a", "--action", "b,c"], ["--action", "comma"]),
        *(([option, ""], [option]) for option in OPTIONS),
        (["--tenant-id", ""], ["--tenant-id", "1 to 1024 characters"]),
        (["--action", "a", "--action", ""], ["--action", "1 to 1024 characters"]),
        (["--metadata", "plan"], ["PATH=TEXT"]),
        (["--metadata", "a="], ["--metadata a"]),
        (["--metadata", ""], ["PATH=TEXT"]),
        (["--metadata", "a..b=x"], ["--metadata a..b"]),
        (["--metadata", "a=x", "--metadata", "a=y"], ["--metadata a", "once"]),
    ],
)
def test_a_wrong_filter_is_wrong_usage(
    stack: Stack, tmp_path: Path, options: list[str], words: list[str]
) -> None:
    outcome = run("export", a_workspace(), "--out", str(tmp_path / "x"), *options)
    assert outcome.status == 2
    for each in words:
        assert each in outcome.stderr
    assert not [*tmp_path.iterdir()]


def test_a_file_has_only_the_records_that_match_every_option(stack: Stack, tmp_path: Path) -> None:
    workspace_id, path = a_workspace(), tmp_path / "part.gz"
    events: list[dict[str, Any]] = [
        {"action": "login.failed", "metadata": {"a": {"b": "x=y"}}, "tenant_id": "org_1"},
        {"action": "login.blocked", "metadata": {"a": {"b": "x=y"}}, "tenant_id": "org_2"},
        {"action": "invoice.paid", "metadata": {"a": {"b": "x=y"}}},
        {"action": "login.failed", "metadata": {"a": {"b": "z"}}},
        {"action": "login.failed", "metadata": {"a": {"b": "x=y"}}, "actor_type": "service"},
    ]
    queued = [a_queued_event(at, NOON, actor_id="ann", **each) for at, each in enumerate(events)]
    segment = build_segment(workspace_id, EMPTY, queued, counted_entropy())
    DynamoDBLedger(stack.table).append(segment)
    wanted = ["--action", "login.failed", "--action", "login.blocked", "--metadata", "a.b=x=y"]
    wanted += ["--occurred-from", "2026-11-23", "--occurred-to", "2026-11-23", "--search", "ANN"]
    done = run("export", workspace_id, "--out", str(path), *wanted)
    assert (done.status, f"{path}: 3 events of 5 records, " in done.stdout) == (0, True)
    manifest, *lines = map(json.loads, lines_of(path))
    assert [line["record"]["sequence"] for line in lines if "record" in line] == [1, 2, 5]
    assert manifest["filters"] == {
        "action": ["login.blocked", "login.failed"],
        "metadata.a.b": "x=y",
        "search": "ANN",
        "occurred_from": "2026-11-23T00:00:00.000000Z",
        "occurred_to": "2026-11-23T23:59:59.999999Z",
    }
    verified = run("verify", "--file", str(path))
    assert verified.status == 0
    assert "login.blocked" in verified.stdout


def test_every_filter_of_the_api_is_an_option(stack: Stack) -> None:
    shown = run("export", "--help").stdout
    for option in OPTIONS:
        assert f"{option} " in shown


def test_an_export_to_standard_output_is_the_file_and_nothing_else(
    stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    workspace_id = a_workspace()
    [segment] = chain_events(stack, workspace_id, 3)
    result = CliRunner().invoke(app, ["export", workspace_id, "--out", "-"])
    assert result.exit_code == 0
    assert len(gzip.decompress(result.stdout_bytes).splitlines()) == 4
    assert f"head 3:{segment.event_hash.hex()}" in result.stderr
    assert [*tmp_path.iterdir()] == []
    assert run("export", workspace_id, "--out", "-", "--json").status == 2


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


def test_a_folder_is_refused_and_nothing_is_left(stack: Stack, tmp_path: Path) -> None:
    workspace_id, folder = a_workspace(), tmp_path / "folder"
    folder.mkdir()
    chain_events(stack, workspace_id, 1)
    refused = run("export", workspace_id, "--out", str(folder), "--force")
    assert (refused.status, refused.stderr) == (1, f"{folder} is a folder. Name a file.\n")
    assert [*tmp_path.iterdir()] == [folder]


def test_a_file_that_cannot_be_written_is_one_sentence(stack: Stack, tmp_path: Path) -> None:
    workspace_id = a_workspace()
    chain_events(stack, workspace_id, 1)
    refused = run("export", workspace_id, "--out", str(tmp_path / "absent" / "chain.gz"))
    assert refused.status == 1
    assert "No such file or directory" in refused.stderr
    assert "Traceback" not in refused.stderr


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


def test_a_csv_file_is_not_given_the_name_of_a_packed_one(stack: Stack, tmp_path: Path) -> None:
    workspace_id, path = a_workspace(), tmp_path / "rows.csv.gz"
    refused = run("export", workspace_id, "--format", "csv", "--out", str(path))
    assert refused.status == 2
    assert "must not end with .gz" in refused.stderr
    assert not path.exists()


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
