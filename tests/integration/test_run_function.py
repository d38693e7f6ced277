"""Functions that `make invoke` runs: no process is left, however one ends."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.local.runtime import run_function
from tools.local.waiting import wait_until

HANDLERS = """
import os, pathlib, time

def handler(event, context):
    pathlib.Path(event["pid"]).write_text(str(os.getpid()))
    if event["how"] == "sleep":
        time.sleep(60)
    if event["how"] == "exit":
        os._exit(3)
    return {"errorMessage": "a word of the answer"}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder with a function. It must hold nothing more afterwards."""
    code = tmp_path / "function"
    code.mkdir()
    (code / "app.py").write_text(HANDLERS)
    yield code
    assert [each.name for each in code.iterdir()] == ["app.py"]


@pytest.mark.parametrize(
    ("how", "failed", "answer"),
    [
        ("return", False, "a word of the answer"),
        ("sleep", True, "timed out after 5.00 seconds"),
        ("exit", True, "exit status 3"),
    ],
)
def test_no_process_is_left_however_a_function_ends(
    tmp_path: Path, folder: Path, how: str, failed: bool, answer: str
) -> None:
    pid = tmp_path / "pid"
    event = json.dumps({"pid": str(pid), "how": how}).encode()
    environment = {
        "AWS_LAMBDA_FUNCTION_TIMEOUT": "5" if how == "sleep" else "60",
        "PATH": os.environ["PATH"],
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    ended = run_function("app.handler", folder, environment, event)
    assert ended.failed is failed
    assert answer in str(ended.value)
    wait_until("the process is gone", lambda: not Path("/proc", pid.read_text()).exists())
