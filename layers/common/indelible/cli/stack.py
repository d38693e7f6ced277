"""Finds the stack that a command works on: its table, its queues, and clients for them."""

# ruff: noqa: PLC0415 (AWS libraries are imported when a command needs them)
from __future__ import annotations

import json
import os
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

from ..aws.table import Table
from .failure import NoStack

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_sqs import SQSClient

LOCAL_FILE = Path(".local", "stack.json")
_OUTPUTS = ("TableName", "QueueUrl", "DeadLetterQueueUrl")
_LOG_OUTPUTS = ("LockedBucketName", "StateBucketName", "UsedLogOrigin")
_URL_OUTPUT = "BaseUrl"
_LOCAL = ("table_name", "queue_url", "dlq_url")
_LOCAL_LOG = ("locked_bucket", "state_bucket", "log_origin")
_LOCAL_URL = "base_url"
_CONNECT_SECONDS = 2
_LOCAL_CREDENTIAL = "test"
"""Access key and secret of the emulator's root user."""


@dataclass(frozen=True, slots=True)
class LogNames:
    """The buckets of a stack's checkpoints, and the origin of its log."""

    locked_bucket: str
    state_bucket: str
    origin: str


@dataclass(frozen=True, slots=True)
class Stack:
    """The table and the queues of a stack. `log` is None if its checkpoints are switched off.

    `url` is the API's own address, without `/api`; None if its default endpoint is disabled.
    """

    table: Table
    sqs: SQSClient
    queue_url: str
    dead_letter_queue_url: str
    log: LogNames | None = None
    url: str | None = None


def find_stack(name: str | None) -> Stack:
    """Return the CloudFormation stack of that name, or the local stack when `name` is None.

    Raises NoStack, which says what to do.
    """
    from botocore.exceptions import BotoCoreError, NoRegionError

    try:
        return _deployed_stack(name) if name else _local_stack()
    except NoRegionError:
        raise NoStack(
            f"No AWS Region is set. Set AWS_REGION to the Region of the stack {name}."
        ) from None
    except (BotoCoreError, ValueError) as error:
        raise NoStack(f"AWS cannot be reached: {error}") from None


def _connect(
    names: Mapping[str, str], keys: Sequence[str], log_keys: Sequence[str], url_key: str
) -> Stack:
    """Make a stack with clients that read their settings from the environment.

    `names` has its names under these keys, those of the log only if it has one, and its address
    only if it is enabled. KeyError if one of the others is not there.
    """
    from ..aws.clients import dynamodb_client, sqs_client

    table_name, queue_url, dead_letter_queue_url = (str(names[each]) for each in keys)
    has_log = all(names.get(each) for each in log_keys)
    log = LogNames(*(str(names[each]) for each in log_keys)) if has_log else None
    table = Table(dynamodb_client(), table_name)
    url = names.get(url_key) or None
    return Stack(table, sqs_client(), queue_url, dead_letter_queue_url, log, url)


def _deployed_stack(name: str) -> Stack:
    """Find the stack by its CloudFormation outputs."""
    from botocore.exceptions import ClientError

    from ..aws.clients import session

    if region := os.environ.get("AWS_REGION"):  # botocore does not read it, all other AWS tools do
        os.environ.setdefault("AWS_DEFAULT_REGION", region)
    client = cast("CloudFormationClient", session().create_client("cloudformation"))
    try:
        found = client.describe_stacks(StackName=name)["Stacks"][0]
    except ClientError as error:
        reason = error.response.get("Error", {}).get("Message", str(error))
        raise NoStack(f"CloudFormation has no stack {name}: {reason}.") from None
    outputs = {each["OutputKey"]: each["OutputValue"] for each in found.get("Outputs", [])}
    try:
        return _connect(outputs, _OUTPUTS, _LOG_OUTPUTS, _URL_OUTPUT)
    except KeyError as error:
        raise NoStack(
            f"The stack {name} has no output {error}. Is it a stack of Indelible?"
        ) from None


def _local_stack() -> Stack:
    """Find the local stack by the file that `make up` writes.

    Points the AWS clients of this process to the emulator. The user's own AWS settings are not
    used.
    """
    file = _local_file()
    try:
        stack = json.loads(file.read_text())
        environment = {
            "AWS_ENDPOINT_URL": str(stack["endpoint_url"]),
            "AWS_DEFAULT_REGION": str(stack["region"]),
            "AWS_ACCESS_KEY_ID": _LOCAL_CREDENTIAL,
            "AWS_SECRET_ACCESS_KEY": _LOCAL_CREDENTIAL,
        }
        names = {each: str(stack[each]) for each in _LOCAL}
        names |= {each: str(stack.get(each, "")) for each in (*_LOCAL_LOG, _LOCAL_URL)}
        address = urlsplit(environment["AWS_ENDPOINT_URL"])
        host, port = str(address.hostname), int(address.port or 80)
    except (OSError, ValueError, KeyError, TypeError):
        raise NoStack(f"{file} cannot be read. Run `make up` to write it again.") from None
    _require_running(host, port)
    for key in [each for each in os.environ if each.startswith("AWS_")]:
        if key != "AWS_CA_BUNDLE":
            del os.environ[key]
    os.environ.update(environment)
    return _connect(names, _LOCAL, _LOCAL_LOG, _LOCAL_URL)


def _require_running(host: str, port: int) -> None:
    """Raise NoStack when nothing listens at the local stack's address."""
    try:
        socket.create_connection((host, port), _CONNECT_SECONDS).close()
    except OSError:
        raise NoStack("The local stack is not running. `make up` starts it.") from None


def _local_file() -> Path:
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / LOCAL_FILE).is_file():
            return folder / LOCAL_FILE
    raise NoStack(
        "There is no stack to work on. Name one with --stack, or start the local stack with"
        " `make up` and run the command in its folder."
    )
