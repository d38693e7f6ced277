"""Shows steps that take time, and runs other programs."""

import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from rich.console import Console

from tools.local.failure import LocalStackError
from tools.local.settings import ROOT, SETUP_LOG, shown

console = Console(highlight=False)


@contextmanager
def step(what: str) -> Iterator[None]:
    """Show `what` while the block runs, and the seconds that it took afterwards."""
    started = time.monotonic()
    if not console.is_terminal:
        console.print(f"{what} …")
    with console.status(f"{what} …"):
        yield
    console.print(f"{what}: {time.monotonic() - started:.0f} s")


def run(command: Sequence[str], failure: str, env: Mapping[str, str] | None = None) -> None:
    """Run a program in the project's folder. Its output is appended to SETUP_LOG.

    Raises LocalStackError, which begins with `failure`, if it fails or is not installed.
    """
    SETUP_LOG.parent.mkdir(exist_ok=True)
    with SETUP_LOG.open("a") as log:
        log.write(f"\n$ {' '.join(command)}\n")
        log.flush()
        try:
            subprocess.run(
                command,
                cwd=ROOT,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                check=True,
            )
        except FileNotFoundError:
            raise LocalStackError(f"{failure}: {command[0]} is not installed.") from None
        except subprocess.CalledProcessError:
            log_name = shown(SETUP_LOG)
            raise LocalStackError(f"{failure}; {log_name} has the details at its end.") from None
