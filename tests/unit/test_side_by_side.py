"""Parts of the tests run side by side: none fails unseen, and none outlives a Ctrl-C."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support.handlers import ROOT


def modules(folder: Path, **sources: str) -> dict[str, str]:
    """Modules of Python, and the environment that finds them."""
    for name, source in sources.items():
        (folder / f"{name}.py").write_text(source)
    return {**os.environ, "PYTHONPATH": str(folder)}


def side_by_side(*commands: str) -> list[str]:
    return [sys.executable, "-m", "tools.side_by_side", *commands]


@pytest.mark.parametrize(("arguments", "status"), [("0 0", 0), ("0 3", 1), ("3 0", 1), ("3 3", 1)])
def test_it_fails_exactly_if_one_part_fails_and_shows_all_output(
    tmp_path: Path, arguments: str, status: int
) -> None:
    says = "import sys; print('one line\\nof', sys.argv[1]); sys.exit(int(sys.argv[1]))"
    environment = modules(tmp_path, says=says)
    commands = [f"says {each}" for each in arguments.split()]
    ran = subprocess.run(
        side_by_side(*commands),
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (status, "")
    for command, code in zip(commands, arguments.split(), strict=True):
        shown = rf"\n== {command}: status {code} after \d+ s\none line\nof {code}\n"
        assert re.search(shown, ran.stdout)


def test_a_part_that_fails_does_not_stop_the_other(tmp_path: Path) -> None:
    done = tmp_path / "done"
    slow = f"import pathlib, time; time.sleep(0.5); pathlib.Path({str(done)!r}).touch()"
    environment = modules(tmp_path, fails="raise SystemExit(1)", slow=slow)
    ran = subprocess.run(side_by_side("fails", "slow"), cwd=ROOT, env=environment, check=False)
    assert ran.returncode == 1
    assert done.exists()


def test_no_part_outlives_an_interruption(tmp_path: Path) -> None:
    """Even if only the parent is interrupted; a terminal interrupts them all."""
    waits = "import os, sys, time; open(sys.argv[1], 'w').write(str(os.getpid())); time.sleep(600)"
    environment = modules(tmp_path, waits=waits)
    files = [tmp_path / "one", tmp_path / "two"]
    command = side_by_side(*(f"waits {file}" for file in files))
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's `&` ignores it
    try:
        parent = subprocess.Popen(command, cwd=ROOT, env=environment)
    finally:
        signal.signal(signal.SIGINT, before)
    while not all(file.exists() and file.read_text() for file in files):
        time.sleep(0.05)
    parent.send_signal(signal.SIGINT)
    assert parent.wait(30) != 0
    for file in files:
        with pytest.raises(ProcessLookupError):
            os.kill(int(file.read_text()), 0)
