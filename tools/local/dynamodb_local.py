"""Runs Amazon's DynamoDB Local, which is taken from an npm package."""

import fcntl
import shutil
import socket
import subprocess
import tarfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from botocore.config import Config

from tools.local import settings
from tools.local.aws import root_session
from tools.local.failure import LocalStackError
from tools.local.ports import free_ports
from tools.local.progress import run, step

_PACKAGE, _VERSION = "amplify-dynamodb-simulator", "2.9.30"
_FOLDER = settings.LOCAL / "dynamodb-local"
_LOG = settings.LOCAL / "dynamodb-local.log"
_START_SECONDS = 60


def fetch() -> Path:
    """The folder with DynamoDBLocal.jar. It is fetched with `npm pack` the first time."""
    folder = _FOLDER / _VERSION
    settings.LOCAL.mkdir(exist_ok=True)
    with (settings.LOCAL / "dynamodb-local.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # tests in several processes fetch it
        if folder.is_dir():
            return folder
        with step("Fetching DynamoDB Local"):
            shutil.rmtree(_FOLDER, ignore_errors=True)
            _FOLDER.mkdir(parents=True)
            command = ["npm", "pack", f"{_PACKAGE}@{_VERSION}", "--pack-destination", str(_FOLDER)]
            run(command, "DynamoDB Local could not be fetched with npm")
            _unpack(_FOLDER / f"{_PACKAGE}-{_VERSION}.tgz", folder)
    return folder


def _unpack(archive: Path, folder: Path) -> None:
    unfinished = folder.with_suffix(".new")
    with tarfile.open(archive) as package:
        package.extractall(unfinished, filter="data")
    (unfinished / "package" / "emulator").rename(folder)
    shutil.rmtree(unfinished)
    archive.unlink()


@contextmanager
def running() -> Iterator[str]:
    """Run DynamoDB Local, empty and in memory, while the block runs. Yields its endpoint URL."""
    java = shutil.which("java")
    if java is None:
        raise LocalStackError(
            "DynamoDB Local needs Java; on Debian: `apt-get install default-jre-headless`."
        )
    folder = fetch()
    command = [java, "-Djava.library.path=DynamoDBLocal_lib", "-jar", "DynamoDBLocal.jar"]
    with free_ports(1) as [port], _LOG.open("w") as log:
        process = subprocess.Popen(
            [*command, "-inMemory", "-disableTelemetry", "-port", str(port)],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
        try:
            _await_listening(process, port)
            _warm_up(settings.endpoint_url(port))
            yield settings.endpoint_url(port)
        finally:
            process.terminate()
            process.wait()


def _await_listening(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            socket.create_connection((settings.HOST, port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    process.kill()
    raise LocalStackError(f"DynamoDB Local did not start. See {settings.shown(_LOG)}.")


def _warm_up(url: str) -> None:
    """Make a table and delete it, patiently. On a busy machine the first calls take seconds.

    Clients with the time limits of a function would repeat such a call, and meet its own table.
    """
    patient = Config(read_timeout=_START_SECONDS, retries={"total_max_attempts": 1})
    client = root_session().client("dynamodb", endpoint_url=url, config=patient)
    client.create_table(
        TableName="warm-up",
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    client.delete_table(TableName="warm-up")
