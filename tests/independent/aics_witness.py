"""A witness that is not ours: `aics-witness`, a process of its own, over HTTP on this machine."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from indelible.tlog.keys import VerifierKey
from support.notes import LOG

from independent.programs import environment, python, run_program

NAME = "witness.example/aics"
_STOP_SECONDS = 10


@dataclass(frozen=True)
class AicsWitness:
    """A witness with its key and its database in a folder. It knows LOG."""

    folder: Path
    key: VerifierKey

    @contextmanager
    def serving(self) -> Iterator[str]:
        """Its address, as long as the block runs. It may be started again later."""
        command = [python(), "-m", "aics_witness", "serve", "--config", str(self.folder / "w.json")]
        command += ["--listen", "127.0.0.1:0"]
        with subprocess.Popen(
            command, env=environment(), stderr=subprocess.PIPE, text=True
        ) as process:
            try:
                assert process.stderr
                lines = iter(process.stderr.readline, "")
                found = (re.search(r"listening on (http://\S+)", each) for each in lines)
                yield next(each[1] for each in found if each)
            finally:
                process.terminate()
                process.communicate(timeout=_STOP_SECONDS)

    def ask(self, command: str, *options: str) -> Any:
        """What its commands `status` and `evidence` print."""
        return json.loads(_run(command, "--config", str(self.folder / "w.json"), *options))


def aics_witness(folder: Path) -> AicsWitness:
    """A new one."""
    config = ("--config", str(folder / "w.json"))
    key = VerifierKey.read(_run("init", *config, "--name", NAME).strip())
    _run("add-log", *config, "--origin", LOG.name, "--vkey", LOG.key.text)
    return AicsWitness(folder, key)


def _run(command: str, *options: str) -> str:
    ended = run_program("aics_witness", command, *options)
    assert ended.returncode == 0, ended.stderr.decode()
    return ended.stdout.decode()
