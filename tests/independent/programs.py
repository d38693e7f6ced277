"""Runs other people's programs, in the environment of requirements/independent.txt."""

from __future__ import annotations

import json
import os
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

from tools.local.venvs import tool
from tools.pythons.interpreter import find
from tools.pythons.layer import VERSION

_SCRIPTS = Path(__file__).parent / "theirs"
_SECONDS = 60


@cache
def python() -> str:
    """The Python of their environment, which has none of our packages."""
    return str(tool("independent", "python", find(VERSION)))


def environment() -> dict[str, str]:
    """The environment of their programs: ours without the paths of our modules."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}


def run_program(module: str, *arguments: str | Path) -> subprocess.CompletedProcess[bytes]:
    """Run `python -m module` with arguments, to its end."""
    command = [python(), "-m", module, *map(str, arguments)]
    return subprocess.run(
        command, env=environment(), capture_output=True, check=False, timeout=_SECONDS
    )


def aics_tlog(*arguments: str | Path) -> dict[str, Any]:
    """What `aics-tlog` prints, a JSON object. Its exit status must fit."""
    ended = run_program("aics_tlog", *arguments)
    assert ended.stdout, ended.stderr.decode()
    answer: dict[str, Any] = json.loads(ended.stdout)
    assert (ended.returncode == 0) == answer["ok"]
    return answer


def run_script(name: str, **request: Any) -> dict[str, Any]:
    """What a script of `theirs/` answers."""
    ended = subprocess.run(
        [python(), str(_SCRIPTS / f"{name}.py")],
        input=json.dumps(request, default=str),
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=_SECONDS,
    )
    assert ended.returncode == 0, ended.stderr
    answer: dict[str, Any] = json.loads(ended.stdout)
    return answer
