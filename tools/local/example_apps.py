"""The example applications of both clients: started, killed, and compared with the chain."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from indelible_client import Client

from tools.local import settings
from tools.local.commands import indelible
from tools.local.failure import LocalStackError
from tools.local.progress import run, step
from tools.local.stack import Stack
from tools.local.waiting import wait_until

_JS = settings.ROOT / "clients" / "js"
_PYTHON_SOURCES = settings.ROOT / "clients" / "python" / "src"
_LOG = settings.LOCAL / "example-apps.log"
_BUILD_LOCK = settings.LOCAL / "js-client.lock"
COMMANDS = {
    "Python": (sys.executable, "clients/python/examples/app.py"),
    "JavaScript": ("node", "clients/js/examples/app.mjs"),
}
"""How the application of each language is started."""


@dataclass
class App:
    """An example application, with a workspace and a spool of its own.

    The application may be killed after it recorded a number and before it printed it. Such a number
    is in `unsure`, and no later start uses it again.
    """

    language: str
    spool: Path
    base_url: str
    workspace_id: str
    api_key: str
    recorded: list[int] = field(default_factory=list)
    """The numbers that were printed: `record` had returned."""

    unsure: set[int] = field(default_factory=set)
    killed: int = 0
    _next: int = 1

    def start(self, count: int) -> subprocess.Popen[str]:
        """Start the application, to record `count` events."""
        environment = {
            **os.environ,
            "INDELIBLE_URL": self.base_url,
            "INDELIBLE_API_KEY": self.api_key,
            "PYTHONPATH": str(_PYTHON_SOURCES),
        }
        command = [*COMMANDS[self.language], str(self.spool), str(self._next), str(count)]
        with _LOG.open("a") as log:
            return subprocess.Popen(
                command,
                cwd=settings.ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )

    def await_numbers(self, process: subprocess.Popen[str], count: int) -> None:
        """Wait until the application has printed this many numbers."""
        assert process.stdout
        for _ in range(count):
            self._note(process.stdout.readline())

    def kill(self, process: subprocess.Popen[str]) -> None:
        """Kill the application with `kill -9`, and note what it had printed."""
        process.kill()
        self._read_all(process)
        if process.returncode != -signal.SIGKILL:
            raise LocalStackError(_ended(self.language, process.returncode))
        self.killed += 1
        self.unsure.add(self._next)
        self._next += 1

    def await_end(self, process: subprocess.Popen[str]) -> None:
        """Wait until the application has recorded and sent everything."""
        self._read_all(process)
        if process.returncode:
            raise LocalStackError(_ended(self.language, process.returncode))

    def _read_all(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout
        with process:
            for line in process.stdout:
                self._note(line)

    def _note(self, line: str) -> None:
        if line.endswith("\n"):
            self.recorded.append(int(line))
            self._next = self.recorded[-1] + 1

    def await_chained(self) -> list[int]:
        """Wait until the chain has all recorded numbers. Returns its numbers in order."""
        with Client(self.api_key, self.base_url) as client:

            def chained() -> list[int]:
                found = client.iterate_events(action="document.created", limit=100)
                return [int(event["resource"]["id"] or 0) for event in found][::-1]

            return wait_until(
                f"the events of the {self.language} application are chained",
                lambda: [numbers for numbers in [chained()] if set(self.recorded) <= set(numbers)],
            )[0]


def make_app(language: str, stack: Stack, folder: Path) -> App:
    """Make a workspace with a key for the application of this language."""
    workspace_id = indelible("workspace", "create", f"example application: {language}").strip()
    made = indelible("key", "create", workspace_id, "--label", "example", "--json")
    spool = folder / language.lower()
    return App(language, spool, stack.base_url, workspace_id, json.loads(made)["api_key"])


def build_js_client() -> None:
    """Build the JavaScript client, which its application imports, if its sources have changed."""
    sources = [*(_JS / "src").glob("*.ts"), *_JS.glob("*.json")]
    built = _JS / "dist" / "index.d.ts"
    with _BUILD_LOCK.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # tests in several processes build it
        if built.exists() and built.stat().st_mtime > max(each.stat().st_mtime for each in sources):
            return
        with step("Building the JavaScript client"):
            run(
                ["npm", "--prefix", str(_JS), "run", "build"], "The JavaScript client was not built"
            )


def differences(recorded: Sequence[int], unsure: set[int], chained: Sequence[int]) -> list[str]:
    """How the chain differs from one that has each recorded number once and in order."""
    found = Counter(chained)
    return [
        *(f"{each} is lost" for each in recorded if not found[each]),
        *(f"{each} is there {times} times" for each, times in found.items() if times > 1),
        *(f"{each} was not recorded" for each in found.keys() - set(recorded) - unsure),
        *(f"{b} comes after {a}" for a, b in pairwise(chained) if b < a),
    ]


def _ended(language: str, status: int) -> str:
    log = settings.shown(_LOG)
    return f"The {language} application ended with status {status}; {log} has its messages."
