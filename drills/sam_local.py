"""`sam local invoke` in a container, by a Docker of the drill's own that leaves nothing behind.

The image is Debian with AWS's client of the runtime interface, in place of Amazon's image. Docker
runs in a network namespace of its own, so that it changes no network of this machine.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from drills.rehearsal import Rehearsal, did, prove
from tools.local.deployment import machine
from tools.local.failure import LocalStackError
from tools.local.progress import run, step
from tools.local.relay import relayed
from tools.local.settings import HOST, LOCAL, ROOT
from tools.local.stack import require
from tools.pythons.debian import make_root

VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
IMAGE = f"public.ecr.aws/lambda/python:{VERSION}-{machine()}"
"""The image that `sam local invoke` looks for."""

PROGRAMS = ("dockerd", "docker", "mmdebstrap", "ip", "nsenter")
START_SECONDS = 60
STOP_SECONDS = 30
INVOKE_SECONDS = 180

BOOTSTRAP = f"""#!/bin/sh
exec env PYTHONPATH=/var/task:/opt/python:/var/runtime \\
  /usr/bin/python{VERSION}.program -m awslambdaric "$_HANDLER"
"""


def rehearse(rehearsal: Rehearsal) -> None:  # noqa: ARG001  (a drill is called with it)
    missing = [each for each in PROGRAMS if shutil.which(each) is None]
    if missing or os.geteuid() != 0:
        lack = f"root, and lacks {', '.join(missing)}" if missing else "root"
        raise LocalStackError(f"This drill needs {lack}.")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("Stopped."))  # leaves nothing behind either
    port = urlsplit(require().endpoint_url).port
    with ExitStack() as open_:
        folder = Path(open_.enter_context(tempfile.TemporaryDirectory(dir=LOCAL)))
        inside = open_.enter_context(_network())
        outer, address = str(folder / "relay"), f"{HOST}:{port}"
        open_.enter_context(relayed(outer, address))
        open_.enter_context(relayed(address, outer, inside))
        environment = open_.enter_context(_docker(folder, inside))
        did("Docker runs in a network namespace of its own.")
        _make_image(folder, environment)
        did(f"{IMAGE} is made of Debian's Python {VERSION}.")
        answer = _invoke(inside, environment, "ingest", "events/ingest-batch.json")
        accepted = answer["statusCode"] == 202 and len(json.loads(answer["body"])["events"]) == 3  # noqa: PLR2004
        prove("ingest answers the sample with three receipts", accepted, answer)
        answer = _invoke(inside, environment, "writer", "events/writer-delivery.json")
        prove("the writer chains the sample", answer == {"batchItemFailures": []}, answer)
        answer = _invoke(inside, environment, "query", "events/query-get.json")
        prove("query returns a chained event", answer["statusCode"] == 200, answer)  # noqa: PLR2004
    prove("nothing is left of the drill", not folder.exists(), folder)


@contextmanager
def _network() -> Iterator[list[str]]:
    """A network namespace. Yields the command that runs a program in it.

    `ip netns exec` would hide the control groups, which Docker needs.
    """
    name = f"indelible-{os.getpid()}"
    inside = ["nsenter", f"--net=/run/netns/{name}"]
    subprocess.run(["ip", "netns", "add", name], check=True)
    try:
        subprocess.run([*inside, "ip", "link", "set", "lo", "up"], check=True)
        yield inside
    finally:
        subprocess.run(["ip", "netns", "delete", name], check=True)


@contextmanager
def _docker(folder: Path, inside: Sequence[str]) -> Iterator[dict[str, str]]:
    """Docker, while the block runs. Yields the environment of its clients."""
    socket = folder / "docker.sock"
    command = [
        *[*inside, "dockerd", "--iptables=false", "--host", f"unix://{socket}"],
        *["--data-root", str(folder / "data"), "--exec-root", str(folder / "exec")],
        *["--pidfile", str(folder / "pid")],
    ]
    environment = {**os.environ, "DOCKER_HOST": f"unix://{socket}"}
    with (LOCAL / "dockerd.log").open("w") as log:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + START_SECONDS
        while subprocess.run(
            ["docker", "version"], env=environment, capture_output=True, check=False
        ).returncode:
            if process.poll() is not None or time.monotonic() > deadline:
                raise LocalStackError("Docker did not start; .local/dockerd.log says why.")
            time.sleep(0.5)
        yield environment
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _make_image(folder: Path, environment: dict[str, str]) -> None:
    root = folder / "root"
    make_root(VERSION, root)
    runtime = root / "var" / "runtime"
    pip = [sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    run(
        [*pip, "--target", str(runtime), "--requirement", str(ROOT / "requirements/lambda.txt")],
        "The client of the runtime interface could not be installed",
    )
    bootstrap = runtime / "bootstrap"
    bootstrap.write_text(BOOTSTRAP)
    bootstrap.chmod(0o755)
    packed = folder / "root.tar"
    with step("Making the image"):
        run(["tar", "-C", str(root), "-cf", str(packed), "."], "The image could not be packed")
        changes = ["WORKDIR /var/task", "ENV LAMBDA_TASK_ROOT=/var/task"]
        options = [part for each in changes for part in ("--change", each)]
        command = ["docker", "import", *options, str(packed), IMAGE]
        run(command, "The image could not be imported", environment)


def _invoke(inside: Sequence[str], environment: dict[str, str], function: str, event: str) -> Any:
    """Run `sam local invoke` as a developer does, who has Docker; returns the answer."""
    command = [*inside, sys.executable, "-m", "tools.local.sam_invoke", function, event]
    started = time.monotonic()
    ended = subprocess.run(
        [*command, "--skip-pull-image"],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
        timeout=INVOKE_SECONDS,
    )  # fmt: skip
    if ended.returncode:
        raise LocalStackError(f"`sam local invoke` failed: {ended.stderr}")
    did(f"sam local invoke of {function}: {time.monotonic() - started:.0f} s")
    answer: Any = json.loads(ended.stdout)
    return answer
