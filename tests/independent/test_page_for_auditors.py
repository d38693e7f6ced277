"""What docs/checkpoints-for-auditors.md says of other programs works, and finds a forged log."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

import pytest
from support.handlers import ROOT
from support.notes import LOG

from independent.logs import a_log, go_on, write_log
from independent.programs import environment, python, run_program

PAGE = (ROOT / "docs/checkpoints-for-auditors.md").read_text()
_, _, _REST = PAGE.partition("## Programs that are not ours")
SECTION, _, _ = _REST.partition("\n## ")
COMMANDS = re.findall(r"^    aics-tlog (.+)$", SECTION, re.MULTILINE)
[SCRIPT] = re.findall(r"^```py\n(.*?)^```", SECTION, re.MULTILINE | re.DOTALL)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The auditor's folder, with the files that the page names."""
    log = a_log(40)
    (tmp_path / "kept.note").write_bytes(log.runs[-1].note.encoded)
    go_on(log, 250)
    write_log(log, tmp_path / "log")
    (tmp_path / "log.vkey").write_text(f"{LOG.key.text}\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_each_command_says_yes(folder: Path) -> None:
    assert len(COMMANDS) == 3
    for command in COMMANDS:
        ended = run_program("aics_tlog", *shlex.split(command))
        assert ended.returncode == 0, ended.stdout
    assert (folder / "entry").read_bytes().startswith(b"indelible.run/v1\n")


def test_the_script_reads_every_file_and_finds_the_one_that_was_changed(folder: Path) -> None:
    ended = run_page_script()
    assert ended.returncode == 0, ended.stderr
    assert "size=290, tiles=3, bundles=2" in ended.stdout
    for file in [each for each in (folder / "log").rglob("*") if each.is_file()]:
        content = file.read_bytes()
        at = content.find(b"\n290\n") + 1 or len(content) // 2
        file.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
        ended = run_page_script()
        assert ended.returncode == 1, file
        assert "VerificationError" in ended.stderr or "signature" in ended.stderr, ended.stderr
        file.write_bytes(content)


def run_page_script() -> subprocess.CompletedProcess[str]:
    command = [python(), "-c", SCRIPT]
    return subprocess.run(command, env=environment(), capture_output=True, text=True, check=False)
