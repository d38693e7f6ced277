"""`indelible verify --file` of a file that is no export says what it is, and what it must be."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest
from indelible.cli.stack import Stack
from integration.command_line import a_workspace, chain_events, run

WRONG_FILES = {
    "is empty": b"",
    "is a CSV file; only an NDJSON export can be verified": b"id,sequence,created_at\r\n1,1,x\r\n",
    "is an error that the API answered, not an export": b'{"error":"not_found","message":"No."}',
    "is JSON, but not an export": b'[\n  {"id": 1}\n]\n',
    "is not an export": b"%PDF-1.7\n\xe2\xe3\xcf\xd3",
    "is not an export that can be verified: the last line is cut off": b'{"format":'
    b'"indelible-export","version":1',
}


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
@pytest.mark.parametrize(("sentence", "content"), WRONG_FILES.items())
def test_a_wrong_file_is_called_what_it_is_and_what_it_must_be(
    tmp_path: Path, sentence: str, content: bytes, pack: Callable[[bytes], bytes]
) -> None:
    other = tmp_path / "other"
    other.write_bytes(pack(content))
    outcome = run("verify", "--file", str(other))
    assert outcome.status == 2
    if content or pack is bytes:
        assert outcome.stderr.startswith(f"{other} {sentence}. Give a file that `indelible export`")
    assert "POST /v1/exports" in outcome.stderr
    assert len(outcome.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("bom", "separator"), [(b"", b"\n"), (b"\xef\xbb\xbf", b"\r\n")], ids=["plain", "for Excel"]
)
def test_our_own_csv_is_recognised(
    stack: Stack, tmp_path: Path, bom: bytes, separator: bytes
) -> None:
    workspace_id = a_workspace()
    chain_events(stack, workspace_id, 2)
    file = tmp_path / "rows.csv"
    options = ["--bom"] if bom else []
    export = ["export", workspace_id, "--out", str(file), "--format", "csv"]
    assert run(*export, *options).status == 0
    file.write_bytes(bom + file.read_bytes().removeprefix(bom).replace(b"\r\n", separator))
    outcome = run("verify", "--file", str(file))
    assert outcome.status == 2
    assert "is a CSV file" in outcome.stderr


def test_gzip_that_was_cut_off_before_its_manifest_is_called_so(file: Path) -> None:
    whole = file.read_bytes()
    file.write_bytes(whole[:12])
    assert "is cut off, or holds nothing. Give a file" in run("verify", "--file", str(file)).stderr
    file.write_bytes(whole[:10] + b"\xff" * 20)
    assert "begins as gzip and cannot be" in run("verify", "--file", str(file)).stderr
