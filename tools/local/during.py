"""Runs a module while the local stack is up. A stack that it had to start is stopped again.

For example: `python -m tools.local.during pytest tests/e2e`.
"""

import subprocess
import sys

from tools.local import emulator
from tools.local.down import down
from tools.local.failure import exit_with_one_sentence
from tools.local.settings import ROOT
from tools.local.up import up


def run_during(command: list[str]) -> int:
    """Run `python -m` with this command; returns its exit status."""
    was_running = emulator.running() is not None
    try:
        up()
        return subprocess.run([sys.executable, "-m", *command], cwd=ROOT, check=False).returncode
    finally:
        if not was_running:
            down()


def main() -> None:
    status = run_during(sys.argv[1:])
    if status:
        sys.exit(status)


if __name__ == "__main__":
    exit_with_one_sentence(main)
