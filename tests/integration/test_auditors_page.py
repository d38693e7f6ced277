"""The table verifier in docs/auditors.md, run as printed there."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from indelible import zstd
from indelible.aws.ledger import item_of
from indelible.chain.segment import Segment
from support.auditors_page import (
    CHECKPOINT_JAVASCRIPT,
    CHECKPOINT_PYTHON,
    JAVASCRIPT,
    PYTHON,
    TABLE_VERIFIER,
)
from support.builders import a_chain, records_of, rewritten
from support.tampering import (
    breaks_of,
    with_a_byte_changed,
    with_a_fitting_prefix,
    with_whole_leaf_hashes,
)

from tools.local.settings import ROOT


def dump(segments: list[Segment]) -> str:
    """The output of `aws dynamodb query`: binary attributes are in base64."""

    def as_text(value: bytes) -> str:
        return base64.b64encode(value).decode()

    return json.dumps({"Items": [item_of(each) for each in segments]}, default=as_text)


def run_script(folder: Path, segments: list[Segment]) -> subprocess.CompletedProcess[str]:
    """Run the script on a dump of these segments."""
    return run_on(folder, dump(segments))


def run_on(folder: Path, dumped: str) -> subprocess.CompletedProcess[str]:
    """Run the script with an interpreter that sees no packages but the one that the page names."""
    (folder / "verify.py").write_text(TABLE_VERIFIER)
    (folder / "chain.json").write_text(dumped)
    backports = folder / "backports"
    if zstd.zstd.__name__ == "backports.zstd" and not backports.exists():
        backports.symlink_to(Path(str(zstd.zstd.__file__)).parents[1])
    command = [sys.executable, "-E", "-S", "verify.py", "chain.json"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_the_script_finds_a_chain_of_ours_valid(tmp_path: Path) -> None:
    segments = a_chain(10, 4)
    done = run_script(tmp_path, segments)
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"valid: 10 records, event hash {segments[-1].event_hash.hex()}\n"


def test_the_script_finds_an_older_chain_in_zlib_valid_too(tmp_path: Path) -> None:
    segments = a_chain(10, 4)
    older = replace(
        segments[0], codec="zlib", records=zlib.compress(b"\n".join(records_of(segments[:1])))
    )
    done = run_script(tmp_path, [older, *segments[1:]])
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "script", [TABLE_VERIFIER, PYTHON, JAVASCRIPT], ids=["table", "python", "js"]
)
def test_each_script_is_short_enough_to_be_read(script: str) -> None:
    assert len(script.splitlines()) < 40


@pytest.mark.parametrize("script", [CHECKPOINT_PYTHON, CHECKPOINT_JAVASCRIPT], ids=["python", "js"])
def test_each_script_for_checkpoints_has_less_than_sixty_lines(script: str) -> None:
    assert len(script.splitlines()) < 60


@pytest.mark.parametrize("removed", [0, 1])
def test_the_script_finds_a_removed_segment(tmp_path: Path, removed: int) -> None:
    segments = a_chain(10, 4)
    del segments[removed]
    assert run_script(tmp_path, segments).returncode != 0


@pytest.mark.parametrize("attribute", ["event_hash", "previous_event_hash", "leaf_prefixes"])
def test_the_script_finds_a_changed_hash(tmp_path: Path, attribute: str) -> None:
    segments = a_chain(10, 4)
    stored = bytearray(getattr(segments[1], attribute))
    stored[7] ^= 1
    changes: dict[str, Any] = {attribute: bytes(stored)}
    segments[1] = replace(segments[1], **changes)
    assert run_script(tmp_path, segments).returncode != 0


def test_the_script_finds_replaced_records(tmp_path: Path) -> None:
    segments = a_chain(10, 4)
    segments[1] = replace(segments[1], records=segments[0].records)
    done = run_script(tmp_path, segments)
    assert done.returncode != 0
    assert "record 5 was changed" in done.stderr


@pytest.mark.parametrize(
    "changes",
    [
        {"records": lambda part: part.records + b"x"},
        {"leaf_prefixes": lambda part: part.leaf_prefixes + b"x"},
        {"first_created_at": lambda part: part.first_created_at - 1},
        {"last_created_at": lambda part: part.last_created_at + 1},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_the_script_finds_in_a_segment_what_our_tool_finds(
    tmp_path: Path, changes: dict[str, Callable[[Segment], Any]]
) -> None:
    segments = a_chain(10, 4)
    changed: dict[str, Any] = {name: change(segments[1]) for name, change in changes.items()}
    segments[1] = replace(segments[1], **changed)
    assert breaks_of(segments)
    assert run_script(tmp_path, segments).returncode != 0


def test_the_script_finds_a_record_of_another_format(tmp_path: Path) -> None:
    [segment] = a_chain(4, 4)
    records = [each.replace(b'"format":1', b'"format":2') for each in records_of([segment])]
    assert run_script(tmp_path, [rewritten(segment, records)]).returncode != 0


def test_the_script_reads_segments_with_whole_leaf_hashes(tmp_path: Path) -> None:
    segments = [with_whole_leaf_hashes(each) for each in a_chain(10, 4)]
    assert run_script(tmp_path, segments).returncode == 0
    segments[1] = with_a_byte_changed(segments[1])
    assert "record 6 was changed" in run_script(tmp_path, segments).stderr


def test_the_script_finds_a_record_changed_with_its_prefix(tmp_path: Path) -> None:
    segments = a_chain(10, 4)
    segments[1] = with_a_fitting_prefix(segments[1])
    done = run_script(tmp_path, segments)
    assert done.returncode != 0
    assert "hash of the segment ending at 8" in done.stderr


def test_the_script_reads_the_items_of_the_version_before(tmp_path: Path) -> None:
    stored = (ROOT / "tests" / "stored" / "segments-with-leaf-hashes.json").read_text()
    done = run_on(tmp_path, stored)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("valid: 7 records")
