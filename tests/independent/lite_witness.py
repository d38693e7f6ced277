"""Another witness that is not ours: `litewitness`, the one that the witness network runs."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from indelible.tlog.keys import VerifierKey
from support.notes import LOG

from tools.independent.programs import litewitness
from tools.local.ports import free_ports
from tools.local.waiting import wait_until

NAME = "witness.example/lite"
_STOP_SECONDS = 10


@dataclass(frozen=True)
class LiteWitness:
    """A witness with its key and its database in a folder. It knows LOG."""

    folder: Path
    key: VerifierKey

    @contextmanager
    def serving(self) -> Iterator[str]:
        """Its address, as long as the block runs. It may be started again later."""
        with _started(self.folder) as (address, _):
            yield address


def lite_witness(folder: Path) -> LiteWitness:
    """A new one."""
    _run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / "key"))
    control = str(litewitness() / "witnessctl")
    log = ("-db", str(folder / "w.db"), "-origin", LOG.name)
    _run(control, "add-log", *log)
    _run(control, "add-key", *log, "-key", LOG.key.text)
    with _started(folder) as (_, key):
        return LiteWitness(folder, key)


@contextmanager
def _started(folder: Path) -> Iterator[tuple[str, VerifierKey]]:
    """Its address and its key. An SSH agent holds the private half."""
    fingerprint = _run("ssh-keygen", "-l", "-f", str(folder / "key.pub")).split()[1]
    with (
        free_ports(1) as [port],
        tempfile.TemporaryDirectory() as short,
        _agent(f"{short}/agent", folder / "key") as agent,
    ):
        address = f"127.0.0.1:{port}"
        command = [str(litewitness() / "litewitness"), "-db", str(folder / "w.db"), "-name", NAME]
        command += ["-key", fingerprint, "-ssh-agent", agent, "-listen", address]
        with _ended_with_the_block(command) as process:
            assert process.stdout
            lines = iter(process.stdout.readline, "")
            keys = (re.search(r"vkey=(\S+)", each) for each in lines)
            key = VerifierKey.read(next(each[1] for each in keys if each))
            wait_until("litewitness listens", lambda: _answers(address))
            yield f"http://{address}", key


@contextmanager
def _agent(path: str, key: Path) -> Iterator[str]:
    with _ended_with_the_block(["ssh-agent", "-D", "-a", path]):
        wait_until("the SSH agent listens", Path(path).exists)
        _run("ssh-add", "-q", str(key), SSH_AUTH_SOCK=path)
        yield path


@contextmanager
def _ended_with_the_block(command: list[str]) -> Iterator[subprocess.Popen[str]]:
    pipe, out = subprocess.PIPE, subprocess.STDOUT
    with subprocess.Popen(command, stdout=pipe, stderr=out, text=True) as process:
        try:
            yield process
        finally:
            process.terminate()
            process.communicate(timeout=_STOP_SECONDS)


def _answers(address: str) -> bool:
    host, _, port = address.partition(":")
    with socket.socket() as client:
        return client.connect_ex((host, int(port))) == 0


def _run(*command: str, **variables: str) -> str:
    environment = {**os.environ, **variables}
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, check=True
    ).stdout
