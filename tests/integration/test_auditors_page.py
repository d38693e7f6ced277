"""The verifiers that docs/auditors.md gives to auditors, run as they are printed there."""

from __future__ import annotations

import base64
import gzip
import json
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from builders import a_chain, records_of, rewritten
from export_lines import lines_of, without_record
from indelible.aws.ledger import item_of
from indelible.filters import read_filters
from indelible.segment import Segment

from tools.local.settings import ROOT

PAGE = (ROOT / "docs" / "auditors.md").read_text()
PYTHON, SCRIPT = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
[JAVASCRIPT] = re.findall(r"```javascript\n(.*?)```", PAGE, re.DOTALL)
EXPORT_VERIFIERS = {
    "python": (PYTHON, [sys.executable, "-I", "-S"], "verify.py"),
    "javascript": (JAVASCRIPT, ["node"], "verify.mjs"),
}


def dump(segments: list[Segment]) -> str:
    """What `aws dynamodb query` prints: binary attributes in base64."""

    def as_text(value: bytes) -> str:
        return base64.b64encode(value).decode()

    return json.dumps({"Items": [item_of(each) for each in segments]}, default=as_text)


def run_script(folder: Path, segments: list[Segment]) -> subprocess.CompletedProcess[str]:
    """The script, on an interpreter that sees none of our packages."""
    (folder / "verify.py").write_text(SCRIPT)
    (folder / "chain.json").write_text(dump(segments))
    command = [sys.executable, "-I", "-S", "verify.py", "chain.json"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_it_finds_a_chain_of_ours_valid(tmp_path: Path) -> None:
    segments = a_chain(10, 4)
    done = run_script(tmp_path, segments)
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"valid: 10 records, event hash {segments[-1].event_hash.hex()}\n"


@pytest.mark.parametrize("script", [SCRIPT, PYTHON, JAVASCRIPT], ids=["table", "python", "js"])
def test_each_is_short_enough_to_be_read(script: str) -> None:
    assert len(script.splitlines()) < 40


@pytest.mark.parametrize("removed", [0, 1])
def test_it_finds_a_removed_segment(tmp_path: Path, removed: int) -> None:
    segments = a_chain(10, 4)
    del segments[removed]
    assert run_script(tmp_path, segments).returncode != 0


@pytest.mark.parametrize("attribute", ["event_hash", "previous_event_hash", "leaf_hashes"])
def test_it_finds_a_changed_hash(tmp_path: Path, attribute: str) -> None:
    segments = a_chain(10, 4)
    stored = bytearray(getattr(segments[1], attribute))
    stored[7] ^= 1
    changes: dict[str, Any] = {attribute: bytes(stored)}
    segments[1] = replace(segments[1], **changes)
    assert run_script(tmp_path, segments).returncode != 0


def test_it_finds_records_that_were_swapped_for_others(tmp_path: Path) -> None:
    segments = a_chain(10, 4)
    segments[1] = replace(segments[1], records=segments[0].records)
    done = run_script(tmp_path, segments)
    assert done.returncode != 0
    assert "record 5 was changed" in done.stderr


def verify_export(
    folder: Path, language: str, lines: list[bytes]
) -> subprocess.CompletedProcess[str]:
    """What the page's script for that language says to a file of these lines."""
    script, command, name = EXPORT_VERIFIERS[language]
    (folder / name).write_text(script)
    (folder / "chain.ndjson.gz").write_bytes(b"".join(gzip.compress(each) for each in lines))
    arguments = [*command, name, "chain.ndjson.gz"]
    return subprocess.run(arguments, cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("language", EXPORT_VERIFIERS)
@pytest.mark.parametrize("asked", [{}, {"actor_id": "nobody"}, {"from": "2026-11-23T12:00:04Z"}])
def test_an_export_of_ours_is_valid(tmp_path: Path, language: str, asked: dict[str, str]) -> None:
    segments = a_chain(10, 4)
    done = verify_export(tmp_path, language, lines_of(segments, read_filters(asked)))
    assert done.returncode == 0, done.stderr
    records = 7 if "from" in asked else 10
    head = f"10:{segments[-1].event_hash.hex()}"
    assert done.stdout == f"valid: {records} records, head {head}\n"


@pytest.mark.parametrize("language", EXPORT_VERIFIERS)
def test_what_some_readers_take_for_the_end_of_a_line_is_none(
    tmp_path: Path, language: str
) -> None:
    segments = a_chain(10, 4)
    records = [
        each.replace(b"document", "do\u2028cu\u0085ment".encode()) for each in records_of(segments)
    ]
    lines = lines_of([rewritten(segments[0], records[:4])])
    done = verify_export(tmp_path, language, lines)
    assert done.returncode == 0, done.stderr


TAMPERED: dict[str, Callable[[list[bytes]], list[bytes]]] = {
    "changed": lambda lines: [*lines[:5], lines[5].replace(b"user_", b"usex_"), *lines[6:]],
    "removed": lambda lines: [*lines[:5], *lines[6:]],
    "inserted": lambda lines: [*lines[:6], *lines[5:]],
    "swapped": lambda lines: [*lines[:5], lines[6], lines[5], *lines[7:]],
    "segment removed": lambda lines: [*lines[:5], *lines[9:]],
    "cut off": lambda lines: lines[:-1],
    "left out": lambda lines: [*lines[:5], without_record(lines[5]), *lines[6:]],
    "damaged end": lambda lines: [lines[0].replace(b'head":null', b'head":"why"'), *lines[1:]],
    "nothing": lambda lines: lines[:0],
    "another head": lambda lines: [lines[0].replace(b'"head":{', b'"head":{"x":1,'), *lines[1:-2]],
}


@pytest.mark.parametrize("language", EXPORT_VERIFIERS)
@pytest.mark.parametrize("kind", TAMPERED)
def test_a_tampered_export_is_not(tmp_path: Path, language: str, kind: str) -> None:
    done = verify_export(tmp_path, language, TAMPERED[kind](lines_of(a_chain(10, 4))))
    assert done.returncode != 0
    assert "valid" not in done.stdout


@pytest.mark.parametrize("language", EXPORT_VERIFIERS)
def test_a_segment_rewritten_with_hashes_that_fit_is_found(tmp_path: Path, language: str) -> None:
    segments = a_chain(10, 4)
    records = [each.replace(b"document", b"documemt") for each in records_of([segments[1]])]
    segments[1] = rewritten(segments[1], records)
    done = verify_export(tmp_path, language, lines_of(segments))
    assert done.returncode != 0
    assert "before 11" in done.stderr
