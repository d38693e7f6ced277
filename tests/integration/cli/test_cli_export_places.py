"""`indelible export`: where the file is written, and what is not overwritten."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from indelible.cli import app
from indelible.cli.stack import Stack
from integration.command_line import a_workspace, chain_events, lines_of, run
from typer.testing import CliRunner


def test_a_file_is_replaced_only_on_request(stack: Stack, file: Path) -> None:
    workspace_id = a_workspace()
    before = file.read_bytes()
    assert run("export", workspace_id, "--out", str(file)).status != 0
    assert file.read_bytes() == before
    assert run("export", workspace_id, "--out", str(file), "--force").status == 0
    assert json.loads(lines_of(file)[0])["records"] == 0


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


def test_a_csv_file_is_not_given_the_name_of_a_packed_one(stack: Stack, tmp_path: Path) -> None:
    workspace_id, path = a_workspace(), tmp_path / "rows.csv.gz"
    refused = run("export", workspace_id, "--format", "csv", "--out", str(path))
    assert refused.status == 2
    assert "must not end with .gz" in refused.stderr
    assert not path.exists()
