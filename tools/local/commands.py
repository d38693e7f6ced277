"""Runs `indelible` on the local stack, as an operator does."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tools.local.failure import LocalStackError
from tools.local.settings import ROOT

_PROGRAM = Path(sys.executable).with_name("indelible")


def run_indelible(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run `indelible` with these arguments. Any exit status is returned.

    `variables` are added to the environment.
    """
    environment = {k: v for k, v in os.environ.items() if k != "INDELIBLE_STACK"} | variables
    return subprocess.run(
        [_PROGRAM, *arguments],
        cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
        check=False,
    )  # fmt: skip


def indelible(*arguments: str) -> str:
    """Run `indelible`; returns its standard output. Raises LocalStackError if it fails."""
    ended = run_indelible(*arguments)
    if ended.returncode:
        output = ended.stderr.strip() or ended.stdout.strip()
        raise LocalStackError(f"`indelible {' '.join(arguments)}` failed: {output}")
    return ended.stdout
