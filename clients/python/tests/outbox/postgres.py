"""A PostgreSQL server of one's own: in a temporary directory, on a socket there.

The tests of the outbox use it, and `python -m bench.compare`.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_ALONE = "-c listen_addresses= -c logging_collector=off"
_QUICK = "-c fsync=off -c full_page_writes=off"
_SECONDS = 60


class NotInstalled(Exception):
    """There is no PostgreSQL server on this machine."""


@contextmanager
def server(durable: bool = False) -> Iterator[Path]:
    """Yield the directory of the socket. The user is `postgres` and needs no password.

    Unless it is `durable`, it does not wait for the disk.
    """
    programs = _programs()
    directory = Path(tempfile.mkdtemp(prefix="indelible-"))  # short, as a socket's path must be
    as_user = _as_user(directory)
    data = directory / "data"
    with (directory / "log").open("w") as log:
        options = f"-D {data} -U postgres -A trust -E UTF8 --locale=C --no-sync"
        run: dict[str, Any] = {"cwd": directory, "stdout": log, "stderr": log, **as_user}
        subprocess.run([programs / "initdb", *options.split()], check=True, **run)
        settings = _ALONE if durable else f"{_ALONE} {_QUICK}"
        command = [str(programs / "postgres"), *f"-D {data} -k {directory} {settings}".split()]
        process: subprocess.Popen[bytes] = subprocess.Popen(command, **run)
    try:
        _wait(programs / "pg_isready", directory, process)
        yield directory
    finally:
        process.send_signal(signal.SIGQUIT)  # nothing of it is needed again
        process.wait(_SECONDS)
        shutil.rmtree(directory)


def _programs() -> Path:
    """Debian has the server's programs in a directory for each version, and not on the path."""
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=_version)
    if not versions:
        raise NotInstalled("There is no PostgreSQL server; on Debian: apt-get install postgresql")
    return versions[-1].parent


def _version(initdb: Path) -> int:
    return int(initdb.parts[-3])


def _as_user(directory: Path) -> dict[str, Any]:
    """PostgreSQL does not run as root."""
    if os.geteuid() != 0:
        return {}
    users = {each.pw_name: each for each in pwd.getpwall()}
    user = users.get("postgres") or users["nobody"]
    os.chown(directory, user.pw_uid, user.pw_gid)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _wait(is_ready: Path, directory: Path, process: subprocess.Popen[bytes]) -> None:
    for _ in range(_SECONDS * 10):
        asked = subprocess.run([is_ready, "-q", "-h", directory], check=False)
        if asked.returncode == 0:
            return
        assert process.poll() is None, (directory / "log").read_text()
        time.sleep(0.1)
    raise TimeoutError((directory / "log").read_text())
