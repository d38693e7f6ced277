"""`indelible verify --file`: which part of a chain a file holds is a part of the verdict."""

from __future__ import annotations

import json
from pathlib import Path

from indelible.filters import read_filters
from integration.command_line import run
from support.builders import a_chain
from support.export_lines import lines_of as export_lines
from support.export_lines import packed


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
