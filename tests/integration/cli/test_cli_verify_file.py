"""`indelible verify --file`: what it says of an export, without AWS."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path

from indelible.cli.stack import Stack
from indelible.filters import read_filters
from indelible.times import format_time
from integration.command_line import a_workspace, chain_events, lines_of, run
from support.builders import a_chain
from support.export_lines import lines_of as export_lines
from support.export_lines import packed


def rewrite(file: Path, lines: list[str]) -> None:
    """Replace the lines of the file."""
    file.write_bytes(gzip.compress("".join(f"{line}\n" for line in lines).encode()))


def test_an_export_verifies_without_aws_and_without_its_library(file: Path) -> None:
    program = (
        "import sys; sys.modules['botocore'] = None\n"
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


def test_a_removed_line_is_a_gap_that_shows_sequences_only(file: Path) -> None:
    lines = lines_of(file)
    rewrite(file, [*lines[:5], *lines[6:]])
    breaks = json.loads(run("verify", "--file", str(file), "--json").stdout)["breaks"]
    [gap] = [each for each in breaks if each["type"] == "sequence_gap"]
    assert (gap["expected"], gap["actual"]) == ("5", "6")


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
