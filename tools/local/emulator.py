"""Starts MiniStack as a process, finds it again, and stops it."""

import fcntl
import json
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from tools.local import settings, venvs
from tools.local.failure import LocalStackError
from tools.local.progress import step

_PROGRAM = "tools.local.emulator_main"
_START_SECONDS = 60
_STOP_SECONDS = 180
"""Writing the state after half a million events takes 20 s on an idle machine."""
_POLL_SECONDS = 0.1

_started: list[subprocess.Popen[bytes]] = []
"""The emulators that this process started. They outlive it. Python warns about a process that still
runs when the object that stands for it is collected."""


@dataclass(frozen=True)
class Emulator:
    pid: int
    port: int


def running() -> Emulator | None:
    """The emulator of this project, or None if it does not run.

    It holds a lock while it runs, so no other process can be mistaken for it.
    """
    try:
        with settings.LOCK_FILE.open("r+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return Emulator(**json.load(lock))
    except (FileNotFoundError, json.JSONDecodeError):
        pass
    return None


def ensure() -> Emulator:
    """The emulator of this project. It is started if it does not run."""
    port = settings.chosen_port()
    found = running()
    if found is None:
        return _start(port or settings.DEFAULT_PORT)
    if port not in (None, found.port):
        raise LocalStackError(
            f"The local stack already runs on port {found.port}; run `make down` before you start "
            f"it on port {port}."
        )
    return found


def stop(emulator: Emulator) -> None:
    """Stop the emulator, which writes its state first."""
    os.kill(emulator.pid, signal.SIGTERM)
    deadline = time.monotonic() + _STOP_SECONDS
    while running() is not None:
        if time.monotonic() > deadline:
            os.kill(emulator.pid, signal.SIGKILL)
            raise LocalStackError(
                f"MiniStack did not stop within {_STOP_SECONDS} s and was killed; its latest "
                "changes may be lost."
            )
        time.sleep(_POLL_SECONDS)


def restart() -> Emulator:
    """Stop the emulator as `make down` does, and start it on the same port with its state.

    Raises LocalStackError if it does not run.
    """
    found = running()
    if found is None:
        raise LocalStackError("The local stack is not running; `make up` starts it.")
    stop(found)
    return _start(found.port)


def _start(port: int) -> Emulator:
    _refuse_busy(port)
    python = venvs.tool("ministack", "python")
    function_python = venvs.bare_python()
    with step(f"Starting MiniStack on port {port}"), settings.EMULATOR_LOG.open("w") as log:
        process = subprocess.Popen(
            [python, "-m", _PROGRAM, settings.LOCK_FILE, function_python],
            env=_environment(port),
            cwd=settings.ROOT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        _started.append(process)
        _await_health(process, port)
    return Emulator(process.pid, port)


def _refuse_busy(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.HOST, port))
        except OSError:
            raise LocalStackError(
                f"Another program uses port {port}; stop it, or choose another port: "
                "`INDELIBLE_PORT=4567 make up`."
            ) from None


def _await_health(process: subprocess.Popen[bytes], port: int) -> None:
    health = f"{settings.endpoint_url(port)}/_ministack/health"
    deadline = time.monotonic() + _START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(health, timeout=1):  # noqa: S310 (our own address)
                return
        except OSError:
            time.sleep(_POLL_SECONDS)
    process.kill()
    log = settings.shown(settings.EMULATOR_LOG)
    raise LocalStackError(f"MiniStack did not start. See {log}.")


def _environment(port: int) -> dict[str, str]:
    """The emulator's environment, which functions inherit. Only PATH is the caller's."""
    state = state_folder(port)
    temporary = settings.LOCAL / "tmp"
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    state.mkdir(parents=True, exist_ok=True)
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(settings.LOCAL),
        "LANG": "C.UTF-8",
        "TMPDIR": str(temporary),
        "GATEWAY_PORT": str(port),
        "BIND_HOST": settings.HOST,
        "MINISTACK_HOST": settings.HOST,
        "MINISTACK_REGION": settings.REGION,
        "AUTH": "true",
        "PERSIST_STATE": "1",
        "STATE_DIR": str(state),
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(state / "s3"),
        "LAMBDA_EXECUTOR": "local",
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
        # MiniStack would remove containers that look like its own.
        "DOCKER_HOST": "unix:///nonexistent",
    }


def state_folder(port: int) -> Path:
    """The folder of the state. There is one per port, because queue URLs contain the port."""
    return settings.LOCAL / "state" / str(port)
