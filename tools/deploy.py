"""`make deploy`: builds template.yaml and deploys it to your AWS account with the SAM CLI.

The settings are RUNTIME, ARCHITECTURE, STACK, ALARM_TOPIC, LOCK_DAYS and PARAMETERS, which holds
other parameters of the template, as `Name=value Name=value`. A parameter that is not given keeps
its value, and `Name=` empties one.
"""

import os
import re
import subprocess
from collections.abc import Mapping

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from tools.local.failure import LocalStackError, exit_with_one_sentence
from tools.local.layer import finish_layer
from tools.local.progress import console
from tools.local.settings import ROOT
from tools.local.venvs import tool
from tools.other_table import stream_parameter

DEFAULTS = {"Runtime": "python3.13", "Architecture": "arm64"}
NO_TOPIC = "none"
NO_CHECKPOINTS = "none"
_BETWEEN = re.compile(r"\s+(?=[A-Za-z][A-Za-z0-9]*=)")
EMPTY = '""'
"""An empty value, as `sam --parameter-overrides` takes it."""


def deploy() -> None:
    stack = os.environ.get("STACK") or "indelible"
    session = boto3.Session()
    console.print(f"Deploying the stack {stack} to {account_and_region(session)}.")
    deployed = deployed_parameters(session, stack)
    runtime = chosen("RUNTIME", "Runtime", deployed)
    require_python(runtime)
    parameters = [
        f"Runtime={runtime}",
        f"Architecture={chosen('ARCHITECTURE', 'Architecture', deployed)}",
        *parameters_of(session, deployed),
    ]
    sam = str(tool("sam", "sam"))
    run_sam([sam, "build", "--parameter-overrides", *parameters])
    finish_layer(runtime, ROOT / ".aws-sam" / "build")
    run_sam([sam, "deploy", "--stack-name", stack, "--parameter-overrides", *parameters])


def chosen(setting: str, parameter: str, deployed: Mapping[str, str] | None) -> str:
    """The caller's choice of a parameter that building needs, else what is deployed or default."""
    return os.environ.get(setting) or (deployed or DEFAULTS).get(parameter) or DEFAULTS[parameter]


def parameters_of(session: boto3.Session, deployed: Mapping[str, str] | None) -> list[str]:
    """The parameters that depend on the caller's settings, and on what is deployed already."""
    given = given_parameters(os.environ.get("PARAMETERS", ""))
    return [
        f"CreateGatewayLogRole={str(needs_gateway_log_role(session, deployed)).lower()}",
        *alarm_topic_parameter(os.environ.get("ALARM_TOPIC", ""), given, deployed),
        *lock_days_parameter(os.environ.get("LOCK_DAYS", ""), given, deployed),
        *stream_parameter(session.client("dynamodb"), given),
        *given,
    ]


def given_parameters(text: str) -> list[str]:
    """The parameters that the caller names, as SAM takes them.

    A value ends at the next `Name=`, and gets quotation marks if it has spaces. `Name=` empties a
    parameter; SAM would refuse it.
    """
    found = _BETWEEN.split(text.strip()) if text.strip() else []
    return [_quoted(*each.partition("=")) for each in found]


def _quoted(name: str, equals: str, value: str) -> str:
    needs_quotes = not value or (" " in value and '"' not in value)
    return f'{name}="{value}"' if equals and needs_quotes else name + equals + value


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


def deployed_parameters(session: boto3.Session, stack: str) -> dict[str, str] | None:
    """The parameters of the deployed stack. None if there is no such stack yet."""
    try:
        [found] = session.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
    except ClientError as error:
        if "does not exist" in error.response.get("Error", {}).get("Message", ""):
            return None
        raise LocalStackError(f"CloudFormation cannot describe the stack: {error}") from None
    return {each["ParameterKey"]: each["ParameterValue"] for each in found.get("Parameters", [])}


def needs_gateway_log_role(session: boto3.Session, deployed: Mapping[str, str] | None) -> bool:
    """Whether this stack must give API Gateway the role to write logs.

    It must if the stack has the role already, or if the account has none in this Region.
    """
    if deployed is not None:
        return deployed.get("CreateGatewayLogRole") == "true"
    return "cloudwatchRoleArn" not in session.client("apigateway").get_account()


def alarm_topic_parameter(
    topic: str, given: list[str], deployed: Mapping[str, str] | None
) -> list[str]:
    """The parameter AlarmTopicArn, or nothing to keep its value.

    LocalStackError when a new stack would have alarms that notify nobody, and nobody chose that.
    """
    if any(each.startswith("AlarmTopicArn=") for each in given):
        return []
    if topic:
        return ["AlarmTopicArn=" + (EMPTY if topic == NO_TOPIC else topic)]
    if deployed is None:
        raise LocalStackError(
            "Whom do the alarms notify? Name an SNS topic, `make deploy "
            "ALARM_TOPIC=arn:aws:sns:…`, or choose that they only show in CloudWatch, "
            f"`make deploy ALARM_TOPIC={NO_TOPIC}`."
        )
    return []


def lock_days_parameter(
    days: str, given: list[str], deployed: Mapping[str, str] | None
) -> list[str]:
    """The parameter LockDays, the one that switches checkpoints off, or nothing to keep both.

    LocalStackError when a stack would get a bucket that nobody can empty, and nobody chose for how
    long. An older version of the stack has no such bucket either.
    """
    if any(each.startswith("LockDays=") or each == "Checkpoints=off" for each in given):
        return []
    if days == NO_CHECKPOINTS:
        return ["Checkpoints=off"]
    if days.isdecimal() and int(days) > 0:
        return [f"LockDays={int(days)}"]
    if days:
        raise LocalStackError(f"LOCK_DAYS is {days!r}; set it to a number of days, such as 30.")
    if deployed is None or "LockDays" not in deployed:
        raise LocalStackError(
            "For how many days can nobody delete a checkpoint, not even you? Choose 30, "
            "`make deploy LOCK_DAYS=30`, or 1 for a trial, because the bucket cannot be emptied "
            f"before; or none at all, `make deploy LOCK_DAYS={NO_CHECKPOINTS}`."
        )
    return []


if __name__ == "__main__":
    exit_with_one_sentence(deploy)
