"""Runs a function in AWS's emulator of the runtime interface, which the SAM CLI brings along."""

from __future__ import annotations

import json
import os
import platform
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import httpx

from tools.local import settings, venvs
from tools.local.failure import LocalStackError
from tools.local.ports import free_ports

_PROCESSORS = {"x86_64": "x86_64", "aarch64": "arm64"}
_PATH = "/2015-03-31/functions/function/invocations"
_START_SECONDS = 60
_STOP_SECONDS = 5
_POLL_SECONDS = 0.05


@dataclass(frozen=True)
class Answer:
    """What a function returned, or how it failed."""

    value: object
    failed: bool


def run_function(handler: str, folder: Path, env: Mapping[str, str], event: bytes) -> Answer:
    """Start the handler of a folder, invoke it once, and stop it. Its log goes to our stderr.

    `env` holds AWS_LAMBDA_FUNCTION_TIMEOUT, after which the emulator ends the invocation.
    """
    emulator, python = _emulator(), venvs.tool("lambda", "python")
    with free_ports(2) as ports:
        address, runtime_api = (f"{settings.HOST}:{port}" for port in ports)
        addresses = [
            "--runtime-interface-emulator-address", address, "--runtime-api-address", runtime_api,
        ]  # fmt: skip
        process = subprocess.Popen(
            [emulator, "--log-level", "error", *addresses, python, "-m", "awslambdaric", handler],
            cwd=folder,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=sys.stderr,
            start_new_session=True,
        )
        try:
            _await_start(process, address)
            patience = float(env["AWS_LAMBDA_FUNCTION_TIMEOUT"]) + _START_SECONDS
            return _answer(httpx.post(f"http://{address}{_PATH}", content=event, timeout=patience))
        except httpx.HTTPError as error:
            raise LocalStackError(f"The function did not answer: {type(error).__name__}.") from None
        finally:
            _stop(process)


def _answer(response: httpx.Response) -> Answer:
    """Read the emulator's answer. It has no header that tells a failure, as Lambda has."""
    try:
        value = json.loads(response.content or b"null")
    except ValueError:  # "Task timed out after 15.00 seconds"
        return Answer(response.text, failed=True)
    raised = isinstance(value, dict) and {"errorMessage", "errorType", "stackTrace"} <= set(value)
    return Answer(value, failed=raised or response.status_code != httpx.codes.OK)


def _emulator() -> Path:
    processor = _PROCESSORS.get(platform.machine())
    if platform.system() != "Linux" or processor is None:
        raise LocalStackError(
            "The emulator of the runtime interface runs on Linux only; use `sam local invoke` "
            "(docs/local.md)."
        )
    packages = venvs.tool("sam", "sam").parents[1] / "lib"
    found = sorted(packages.glob(f"*/site-packages/samcli/local/rapid/*-rie-{processor}"))
    if not found:
        raise LocalStackError("This version of the SAM CLI has no emulator of the runtime.")
    return found[0]


def _await_start(process: subprocess.Popen[bytes], address: str) -> None:
    host, _, port = address.partition(":")
    deadline = time.monotonic() + _START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        with suppress(OSError), socket.create_connection((host, int(port)), timeout=1):
            return
        time.sleep(_POLL_SECONDS)
    raise LocalStackError("The emulator of the runtime interface did not start.")


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End the emulator, which ends the function's process first."""
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
