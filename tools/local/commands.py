"""The command line as an operator runs it, on the local stack."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tools.local.failure import LocalStackError
from tools.local.settings import ROOT

_PROGRAM = Path(sys.executable).with_name("indelible")


def run_indelible(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `indelible` with these arguments, whatever its exit status."""
    environment = {k: v for k, v in os.environ.items() if k != "INDELIBLE_STACK"}
    return subprocess.run(
        [_PROGRAM, *arguments],
        cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
        check=False,
    )  # fmt: skip


def indelible(*arguments: str) -> str:
    """What it prints. LocalStackError with its own words when it fails."""
    ended = run_indelible(*arguments)
    if ended.returncode:
        said = ended.stderr.strip() or ended.stdout.strip()
        raise LocalStackError(f"`indelible {' '.join(arguments)}` failed: {said}")
    return ended.stdout
