"""The log as a whole, checked by Tessera's fsck."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from support.notes import LOG, THIRD

from independent.logs import a_log, write_log
from tools.independent.programs import fsck

pytestmark = pytest.mark.from_debian

SECONDS = 60


def is_accepted(folder: Path, key: str = LOG.key.text) -> bool:
    ended = subprocess.run(
        [fsck(), folder, key], capture_output=True, text=True, check=False, timeout=SECONDS
    )
    assert ended.returncode == 0 or "refused: " in ended.stderr
    return ended.returncode == 0


@pytest.mark.parametrize("runs", [1, 255, 256, 257, 300])
def test_a_log_is_accepted_at_each_size(runs: int, tmp_path: Path) -> None:
    assert is_accepted(write_log(a_log(runs), tmp_path))


def test_another_byte_in_any_file_is_noticed(tmp_path: Path) -> None:
    write_log(a_log(300), tmp_path)
    assert not is_accepted(tmp_path, THIRD.key.text)
    for file in [each for each in tmp_path.rglob("*") if each.is_file()]:
        content = file.read_bytes()
        at = content.find(b"\n300\n") + 1 or len(content) // 2
        file.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
        assert not is_accepted(tmp_path), file
        file.write_bytes(content)
    assert is_accepted(tmp_path)
