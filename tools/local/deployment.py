"""Builds template.yaml and deploys it to the emulator with the SAM CLI."""

import hashlib
import os
import platform
import sys
from collections.abc import Iterable
from pathlib import Path

from botocore.exceptions import ClientError

from tools.local import settings, venvs
from tools.local.aws import root_session
from tools.local.layer import finish_layer
from tools.local.progress import run, step

_SOURCES = (
    "template.yaml",
    "samconfig.toml",
    "functions",
    "layers",
    "tools/local/layer.py",
    "tools/local/deployment.py",
)
_MAX_PROCESSES = 8
_LOCAL_PARAMETERS = (
    "DeletionProtection=false",
    # The default is the address of the API, which is another one here after each change of the API.
    "LogOrigin=indelible.local/log",
    "AllowPrivateWitnesses=yes",
    'ViewerFrameAncestors="http://127.0.0.1:* http://localhost:*"',
)
_ARCHITECTURES = {"aarch64": "arm64", "arm64": "arm64"}


def deploy(port: int) -> None:
    """Build and deploy. SAM skips resources that have not changed."""
    build(port)
    roll_out(port)


def build(port: int) -> None:
    """Build the functions and their layer into .local/build."""
    with step("Building the functions and their layer"):
        run([_sam(), "build", *_arguments()], "The build failed", _environment(port))
    finish_layer(sys.executable, settings.LOCAL / "build")


def roll_out(port: int, *parameters: str) -> None:
    """Deploy the build. Parameters, as `Name=value`, are set beside those of every local stack."""
    with step("Deploying template.yaml to the local stack"):
        run(
            [_sam(), "deploy", *_arguments(), *parameters],
            "The deployment failed",
            _environment(port),
        )


def _sam() -> str:
    return str(venvs.tool("sam", "sam"))


def _arguments() -> list[str]:
    return ["--config-env", "local", *machine_parameters(), *_LOCAL_PARAMETERS]


def machine_parameters() -> list[str]:
    """The option of the SAM CLI with this machine's Python and processor."""
    python = f"python{sys.version_info.major}.{sys.version_info.minor}"
    return ["--parameter-overrides", f"Runtime={python}", f"Architecture={machine()}"]


def machine() -> str:
    """This machine's processor, as Lambda names it."""
    return _ARCHITECTURES.get(platform.machine(), "x86_64")


def limit_processes(port: int, functions: Iterable[str]) -> None:
    """Limit the concurrency of each function, because the emulator starts a process per request.

    The emulator answers a request above the limit with 429.
    """
    client = root_session().client("lambda", endpoint_url=settings.endpoint_url(port))
    for function in functions:
        client.put_function_concurrency(
            FunctionName=function, ReservedConcurrentExecutions=_MAX_PROCESSES
        )


def outputs(port: int) -> dict[str, str] | None:
    """The outputs of the deployed stack. None if there is no stack, or it is not complete."""
    client = root_session().client("cloudformation", endpoint_url=settings.endpoint_url(port))
    try:
        stack = client.describe_stacks(StackName=settings.STACK_NAME)["Stacks"][0]
    except ClientError:
        return None
    if stack["StackStatus"] not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
        return None
    return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}


def fingerprint() -> str:
    """A hash of everything that is deployed, and of the version of Python."""
    digest = hashlib.sha256(sys.version.encode())
    for source in _SOURCES:
        root = settings.ROOT / source
        files = sorted(root.rglob("*")) if root.is_dir() else [root]
        for file in files:
            if file.is_file() and "__pycache__" not in file.parts:
                digest.update(_digest_of(file))
    return digest.hexdigest()


def _digest_of(file: Path) -> bytes:
    name = str(file.relative_to(settings.ROOT)).encode()
    return hashlib.sha256(name).digest() + hashlib.sha256(file.read_bytes()).digest()


def _environment(port: int) -> dict[str, str]:
    """The caller's environment, with the emulator instead of AWS."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return {
        **ours,
        "AWS_ACCESS_KEY_ID": settings.ROOT_KEY,
        "AWS_SECRET_ACCESS_KEY": settings.ROOT_KEY,
        "AWS_ENDPOINT_URL": settings.endpoint_url(port),
        "AWS_DEFAULT_REGION": settings.REGION,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "SAM_CLI_TELEMETRY": "0",
        # `sam build` looks for the runtime, python3.11 for example, on the search path.
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "NO_PROXY": settings.HOST,
        "no_proxy": settings.HOST,
    }
