"""Runs modules of Python side by side, and prints the output of each when it ends.

`python -m tools.side_by_side "pytest tests/unit" "pytest tests/simulation"` fails if one fails. The
others still run to their end, because what they find is worth as much.
"""

import shlex
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from typing import IO

from tools.local.settings import ROOT

_POLL = 0.1
_PATIENCE = 10
"""Seconds that a module gets to end when it is stopped."""


@dataclass(frozen=True)
class Part:
    """A module that runs, and the file with its output."""

    title: str
    process: subprocess.Popen[bytes]
    output: IO[bytes]
    started: float

    def show(self) -> None:
        seconds = time.monotonic() - self.started
        self.output.seek(0)
        print(
            f"\n== {self.title}: status {self.process.returncode} after {seconds:.0f} s", flush=True
        )
        sys.stdout.buffer.write(self.output.read())
        sys.stdout.flush()


def run_side_by_side(commands: list[str]) -> int:
    """The number of commands that failed. None runs any more when this returns or raises."""
    with ExitStack() as stack:
        running = [_start(stack, command) for command in commands]
        ended: list[Part] = []
        while running:
            time.sleep(_POLL)
            for part in [each for each in running if each.process.poll() is not None]:
                running.remove(part)
                ended.append(part)
                part.show()
    return sum(part.process.returncode != 0 for part in ended)


def _start(stack: ExitStack, command: str) -> Part:
    output = stack.enter_context(tempfile.TemporaryFile())  # noqa: SIM115  the stack closes it
    process = subprocess.Popen(
        [sys.executable, "-m", *shlex.split(command)],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
    )
    stack.callback(_stop, process)
    print(f"== {command}", flush=True)
    return Part(command, process, output, time.monotonic())


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


if __name__ == "__main__":
    try:
        sys.exit(min(run_side_by_side(sys.argv[1:]), 1))
    except KeyboardInterrupt:
        sys.exit("Stopped.")
