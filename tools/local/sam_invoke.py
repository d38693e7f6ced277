"""Runs `sam local invoke` for a function of the local stack, where there is Docker.

`python -m tools.local.sam_invoke ingest events/ingest-batch.json`, and further options of
`sam local invoke`. The function is the one that `make up` built.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import urlsplit

from tools.local import deployment, settings, venvs
from tools.local.aws import root_session
from tools.local.failure import LocalStackError, exit_with_one_sentence
from tools.local.invoke import read_arguments, running_stack
from tools.local.relay import relayed
from tools.local.role_functions import credentials_of
from tools.local.samples import fill
from tools.local.stack import Stack

_USAGE = "python -m tools.local.sam_invoke FUNCTION EVENT [OPTIONS of sam local invoke]"
_BUILD = settings.LOCAL / "build"
_DECLARED = "        POWERTOOLS_LOG_LEVEL: INFO\n"
_ENDPOINT = "        AWS_ENDPOINT_URL: ''\n"
"""SAM sets only the variables that the template declares."""

_BRIDGE = "{{with index .IPAM.Config 0}}{{or .Gateway .Subnet}}{{end}}"
"""Docker does not know the gateway before a first container. It is the subnet's first address."""

_SECONDS = 600
"""The image may have to be downloaded."""


def sam_invoke(stack: Stack, function: str, event: object, options: Sequence[str]) -> int:
    """Run the function in a container; returns the exit status of `sam local invoke`."""
    with ExitStack() as open_:
        folder = Path(open_.enter_context(tempfile.TemporaryDirectory(dir=settings.LOCAL)))
        endpoint = open_.enter_context(_endpoint(stack))
        template = open_.enter_context(_template())
        logical_id = f"{function.capitalize()}Function"
        variables = {**_variables(stack, function), "AWS_ENDPOINT_URL": endpoint}
        (folder / "event.json").write_text(json.dumps(event))
        (folder / "variables.json").write_text(json.dumps({logical_id: variables}))
        command = [
            *[str(venvs.tool("sam", "sam")), "local", "invoke", logical_id],
            *["--template", str(template), "--event", str(folder / "event.json")],
            *["--env-vars", str(folder / "variables.json"), *deployment.machine_parameters()],
            *options,
        ]
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
            **credentials_of(stack, function),
            "AWS_DEFAULT_REGION": stack.region,
            "SAM_CLI_TELEMETRY": "0",
        }
        return subprocess.run(
            command, cwd=settings.ROOT, env=environment, check=False, timeout=_SECONDS
        ).returncode


def _variables(stack: Stack, function: str) -> dict[str, str]:
    client = root_session().client("lambda", endpoint_url=stack.endpoint_url)
    deployed = client.get_function_configuration(FunctionName=stack.functions[function])
    return deployed["Environment"]["Variables"]


@contextmanager
def _endpoint(stack: Stack) -> Iterator[str]:
    """The emulator's address for containers, while the block runs.

    On Linux a container reaches this machine at its bridge's gateway, and the emulator listens on
    the loopback interface only. Docker Desktop brings containers there by a name.
    """
    port = urlsplit(stack.endpoint_url).port
    if sys.platform != "linux":
        yield f"http://host.docker.internal:{port}"
        return
    command = ["docker", "network", "inspect", "bridge", "--format", _BRIDGE]
    try:
        asked = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    except (OSError, subprocess.SubprocessError):
        raise LocalStackError("Docker does not answer; `make invoke` needs no Docker.") from None
    bridge = ip_network(asked.stdout.strip())
    address = f"{bridge[min(1, bridge.num_addresses - 1)]}:{port}"
    with relayed(address, f"{settings.HOST}:{port}"):
        yield f"http://{address}"


@contextmanager
def _template() -> Iterator[Path]:
    """The built template with one more variable. It lies beside the code, because it names that."""
    text = (_BUILD / "template.yaml").read_text(encoding="utf-8")
    if text.count(_DECLARED) != 1:
        raise LocalStackError("The built template declares no variables for all functions.")
    path = _BUILD / f"invoked-{os.getpid()}.yaml"
    path.write_text(text.replace(_DECLARED, _DECLARED + _ENDPOINT), encoding="utf-8")
    try:
        yield path
    finally:
        path.unlink()


def main() -> None:
    function, sample = read_arguments(sys.argv[1:3], _USAGE)
    stack = running_stack()
    status = sam_invoke(stack, function, fill(stack, sample), sys.argv[3:])
    if status:
        raise LocalStackError(f"`sam local invoke` ended with status {status}.")


if __name__ == "__main__":
    exit_with_one_sentence(main)
