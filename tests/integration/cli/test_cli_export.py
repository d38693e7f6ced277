"""`indelible export` and `indelible verify --file`: a chain verifies outside AWS too."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from indelible.aws.ledger import DynamoDBLedger
from indelible.aws.table import chain_pk, key, number, segment_sk
from indelible.chain.hashes import EMPTY
from indelible.chain.segment import read_records
from indelible.cli import app
from indelible.cli.stack import Stack
from indelible.filters import OCCURRED, TEXTS, read_filters
from indelible.times import format_time
from indelible.writing.build_segment import build_segment
from integration.command_line import a_workspace, chain_events, run
from support.builders import NOON, a_chain, a_queued_event, counted_entropy
from support.export_lines import lines_of as export_lines
from support.export_lines import packed, record_in
from typer.testing import CliRunner


@pytest.fixture
def file(stack: Stack, tmp_path: Path) -> Path:
    """The export of a chain of eight records."""
    workspace_id = a_workspace()
    chain_events(stack, workspace_id, 3, 1, 4)
    path = tmp_path / "chain.ndjson.gz"
    assert run("export", workspace_id, "--out", str(path)).status == 0
    return path


def rewrite(file: Path, lines: list[str]) -> None:
    """Replace the lines of the file."""
    file.write_bytes(gzip.compress("".join(f"{line}\n" for line in lines).encode()))


def lines_of(file: Path) -> list[str]:
    return gzip.decompress(file.read_bytes()).decode().splitlines()


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


def test_an_export_verifies_without_aws_and_without_its_library(file: Path) -> None:
    program = (
        "import sys; sys.modules['boto3'] = sys.modules['botocore'] = None\n"
        "from indelible.cli import main\n"
        f"sys.argv = ['indelible', 'verify', '--file', {str(file)!r}]\n"
        "main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "is valid: 8 records." in done.stdout


def test_a_changed_record_is_broken_and_named(file: Path) -> None:
    lines = lines_of(file)
    lines[5] = lines[5].replace("document.created", "document.creatEd")
    rewrite(file, lines)

    outcome = run("verify", "--file", str(file), "--json")

    assert outcome.status == 1
    [found] = json.loads(outcome.stdout)["breaks"]
    assert (found["type"], found["sequence"]) == ("hash_mismatch", 5)


def test_a_file_that_was_cut_off_is_broken(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-20])
    assert run("verify", "--file", str(file)).status == 1


def test_a_head_kept_earlier_must_be_in_the_file(file: Path) -> None:
    head = json.loads(lines_of(file)[0])["head"]["event_hash"]
    assert run("verify", "--file", str(file), "--expect-head", f"8:{head}").status == 0
    assert run("verify", "--file", str(file), "--expect-head", f"7:{head}").status == 1


def test_a_head_outside_the_exported_range_cannot_be_checked(stack: Stack, tmp_path: Path) -> None:
    workspace_id = a_workspace()
    first, *_ = chain_events(stack, workspace_id, 3, 1, 4)
    after = format_time(first.last_created_at + 1)
    path = str(tmp_path / "part.gz")
    assert run("export", workspace_id, "--out", path, "--from", after).status == 0

    right_before = f"3:{first.event_hash.hex()}"
    assert run("verify", "--file", path, "--expect-head", right_before).status == 0
    outcome = run("verify", "--file", path, "--expect-head", f"2:{first.event_hash.hex()}")

    assert outcome.status == 2
    assert "4 to 8" in outcome.stderr


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


def test_a_file_that_is_not_an_export_gives_no_verdict(tmp_path: Path) -> None:
    other = tmp_path / "other.gz"
    for content in (b"", b"plain text", gzip.compress(b"{}\n")):
        other.write_bytes(content)
        outcome = run("verify", "--file", str(other))
        assert outcome.status == 2
        assert outcome.stderr.startswith(f"{other} ")
    assert run("verify", "--file", str(tmp_path / "none")).status == 2


def test_a_workspace_or_a_file_must_be_given(file: Path) -> None:
    assert run("verify").status == 2
    assert run("verify", "ws_1", "--file", str(file)).status == 2


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


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--from", "yesterday"], ["--from"]),
        (["--to", "2026-11-01T00:00:00"], ["--to", "time zone"]),
        (["--from", "2026-11-02", "--to", "2026-11-01"], ["--from", "later than", "--to"]),
        (["--occurred-from", "2026-02-30"], ["--occurred-from"]),
        (["--actor-id", "user_*"], ["--actor-id", "--action"]),
        (["--action", "a", "--action", "b,c"], ["--action", "comma"]),
        (["--metadata", "plan"], ["PATH=TEXT"]),
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
    for name in (*TEXTS, *OCCURRED, "metadata", "from", "to"):
        assert f"--{name.replace('_', '-')} " in shown


def test_an_unpacked_file_verifies_and_shows_a_change(file: Path, tmp_path: Path) -> None:
    """Browsers unpack a .gz by themselves."""
    plain = tmp_path / "chain.ndjson"
    plain.write_bytes(gzip.decompress(file.read_bytes()))
    assert run("verify", "--file", str(plain)).status == 0
    plain.write_bytes(plain.read_bytes().replace(b"document.created", b"document.creatEd", 1))
    outcome = run("verify", "--file", str(plain), "--json")
    assert outcome.status == 1
    assert json.loads(outcome.stdout)["breaks"][0]["type"] == "hash_mismatch"


def test_an_unpacked_file_that_was_cut_off_is_broken(file: Path, tmp_path: Path) -> None:
    plain = tmp_path / "chain.ndjson"
    for lost in (1, 20, len(lines_of(file)[-1]) + 1):
        plain.write_bytes(gzip.decompress(file.read_bytes())[:-lost])
        assert run("verify", "--file", str(plain)).status == 1


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


def verdict_of(file: Path, parameters: dict[str, str]) -> tuple[str, dict[str, object]]:
    """The verdict on an export of twelve records, as text and as JSON."""
    file.write_bytes(packed(export_lines(a_chain(12, 3), read_filters(parameters))))
    shown = run("verify", "--file", str(file))
    assert shown.status == 0, shown.stderr
    return shown.stdout, json.loads(run("verify", "--file", str(file), "--json").stdout)


def test_the_report_of_a_whole_chain_does_not_mention_parts(tmp_path: Path) -> None:
    shown, verdict = verdict_of(tmp_path / "whole.gz", {})
    assert "ws_test is valid: 12 records.\nhead 12:" in shown
    assert verdict["file"] == {
        "first_sequence": 1,
        "records_in_file": 12,
        "from": None,
        "to": None,
        "filters": {},
    }


def test_records_left_out_by_a_filter_are_not_counted_as_records(
    tmp_path: Path,
) -> None:
    """Otherwise a record could be hidden by a filter while the auditor reads `12 records`."""
    shown, verdict = verdict_of(tmp_path / "filtered.gz", {"actor_id": "nobody"})
    assert "ws_test is valid: 12 records, 0 of them in the file." in shown
    assert "do not match: actor_id 'nobody'" in shown
    assert verdict["file"] == {
        "first_sequence": 1,
        "records_in_file": 0,
        "from": None,
        "to": None,
        "filters": {"actor_id": "nobody"},
    }


def test_the_report_of_a_part_says_that_it_is_a_part(tmp_path: Path) -> None:
    parameters = {"from": "2026-11-23T12:00:04.000000Z", "to": "2026-11-23T12:00:10.000000Z"}
    shown, verdict = verdict_of(tmp_path / "part.gz", parameters)
    assert "ws_test is valid: 7 records." in shown
    bounds = f"from {parameters['from']} to {parameters['to']}"
    assert f"part of the chain: sequences 4 to 10, created {bounds}" in shown
    assert verdict["file"] == {
        "first_sequence": 4,
        "records_in_file": 7,
        "filters": {},
        **parameters,
    }


def test_a_head_merely_claimed_by_a_file_without_records_is_not_shown(tmp_path: Path) -> None:
    lines = export_lines(a_chain(12, 3), read_filters({"from": "2026-11-24T00:00:00Z"}))
    manifest = json.loads(lines[0])
    manifest["previous_event_hash"] = manifest["head"]["event_hash"] = 64 * "a"
    file = tmp_path / "empty.gz"
    file.write_bytes(packed([json.dumps(manifest).encode() + b"\n"]))
    shown = run("verify", "--file", str(file))
    assert shown.status == 0
    assert "no sequence" in shown.stdout
    assert 64 * "a" not in shown.stdout
    assert json.loads(run("verify", "--file", str(file), "--json").stdout)["head"] is None


def test_a_file_that_cannot_be_written_is_one_sentence(stack: Stack, tmp_path: Path) -> None:
    workspace_id = a_workspace()
    chain_events(stack, workspace_id, 1)
    refused = run("export", workspace_id, "--out", str(tmp_path / "absent" / "chain.gz"))
    assert refused.status == 1
    assert "No such file or directory" in refused.stderr
    assert "Traceback" not in refused.stderr
