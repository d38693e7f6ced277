"""`make deploy`: builds template.yaml and deploys it to your AWS account with the SAM CLI.

The settings are RUNTIME, ARCHITECTURE, STACK and PARAMETERS, which holds other parameters of the
template, as `Name=value Name=value`. A parameter that is not given keeps its value.
"""

import os
import subprocess

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from tools.local.bytecode import compile_layer
from tools.local.failure import LocalStackError, exit_with_one_sentence
from tools.local.progress import console
from tools.local.settings import ROOT
from tools.local.venvs import tool


def deploy() -> None:
    stack = os.environ.get("STACK") or "indelible"
    runtime = os.environ.get("RUNTIME") or "python3.13"
    architecture = os.environ.get("ARCHITECTURE") or "arm64"
    require_python(runtime)
    session = boto3.Session()
    console.print(f"Deploying the stack {stack} to {account_and_region(session)}.")
    log_role = "true" if needs_gateway_log_role(session, stack) else "false"
    parameters = [
        f"Runtime={runtime}",
        f"Architecture={architecture}",
        f"CreateGatewayLogRole={log_role}",
        *os.environ.get("PARAMETERS", "").split(),
    ]
    sam = str(tool("sam", "sam"))
    run_sam([sam, "build", "--parameter-overrides", *parameters])
    compile_layer(runtime, ROOT / ".aws-sam" / "build")
    run_sam([sam, "deploy", "--stack-name", stack, "--parameter-overrides", *parameters])


def run_sam(command: list[str]) -> None:
    if subprocess.run(command, cwd=ROOT, check=False).returncode:
        raise LocalStackError(f"`sam {command[1]}` failed; its output is above.")


def require_python(runtime: str) -> None:
    """Raise LocalStackError unless `runtime` can be started. `sam build` needs it."""
    try:
        subprocess.run([runtime, "--version"], capture_output=True, check=True)
    except (FileNotFoundError, subprocess.CalledProcessError):
        raise LocalStackError(
            f"`sam build` needs {runtime} on the search path; install it, or choose another "
            "runtime: `make deploy RUNTIME=python3.12`."
        ) from None


def account_and_region(session: boto3.Session) -> str:
    if session.region_name is None:
        raise LocalStackError(
            "No AWS Region is set; set one: `AWS_DEFAULT_REGION=eu-central-1 make deploy`."
        )
    try:
        account = session.client("sts").get_caller_identity()["Account"]
    except (BotoCoreError, ClientError) as error:
        raise LocalStackError(
            f"AWS did not accept your credentials ({error}); set them with `aws configure` or "
            "`aws sso login`."
        ) from None
    return f"account {account}, Region {session.region_name}"


def needs_gateway_log_role(session: boto3.Session, stack: str) -> bool:
    """Whether this stack must give API Gateway the role to write logs.

    It must if the stack has the role already, or if the account has none in this Region.
    """
    try:
        found = session.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
    except ClientError:
        return "cloudwatchRoleArn" not in session.client("apigateway").get_account()
    creates = {"ParameterKey": "CreateGatewayLogRole", "ParameterValue": "true"}
    return creates in found.get("Parameters", [])


if __name__ == "__main__":
    exit_with_one_sentence(deploy)
