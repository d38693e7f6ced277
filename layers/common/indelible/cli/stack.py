"""The stack a command works on: where its table and queues are, and clients that reach them."""

# ruff: noqa: PLC0415 (AWS libraries are imported when a command needs them)
from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..aws.table import Table
from .failure import NoStack

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

LOCAL_FILE = Path(".local", "stack.json")
_LOCAL_CREDENTIAL = "test"
"""The emulator's root, key and secret alike."""


@dataclass(frozen=True, slots=True)
class Stack:
    """What a command needs of a stack."""

    table: Table
    sqs: SQSClient
    queue_url: str
    dead_letter_queue_url: str


@dataclass(frozen=True, slots=True)
class _Names:
    table: str
    queue_url: str
    dead_letter_queue_url: str


def find_stack(name: str | None) -> Stack:
    """The stack of that name on AWS; without a name, the local one. NoStack says what to do."""
    from botocore.exceptions import BotoCoreError

    from ..aws.clients import dynamodb_client, sqs_client

    try:
        names = _deployed(name) if name else _local()
        table = Table(dynamodb_client(), names.table)
        return Stack(table, sqs_client(), names.queue_url, names.dead_letter_queue_url)
    except (BotoCoreError, ValueError) as error:
        raise NoStack(f"AWS cannot be reached: {error}") from None


def _deployed(name: str) -> _Names:
    """The names that CloudFormation knows."""
    import boto3
    from botocore.exceptions import ClientError

    if region := os.environ.get("AWS_REGION"):  # every other AWS tool reads it, boto3 does not
        os.environ.setdefault("AWS_DEFAULT_REGION", region)
    try:
        found = boto3.client("cloudformation").describe_stacks(StackName=name)["Stacks"][0]
    except ClientError as error:
        reason = error.response.get("Error", {}).get("Message", str(error))
        raise NoStack(f"CloudFormation cannot tell of the stack {name}: {reason}.") from None
    outputs = {each["OutputKey"]: each["OutputValue"] for each in found.get("Outputs", [])}
    try:
        return _Names(outputs["TableName"], outputs["QueueUrl"], outputs["DeadLetterQueueUrl"])
    except KeyError as error:
        raise NoStack(f"The stack {name} has no output {error}; is it Indelible's?") from None


def _local() -> _Names:
    """The names in the file of `make up`. Points the AWS clients of this process to its emulator.

    Nothing of the user's own AWS settings takes part.
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
        names = _Names(stack["table_name"], stack["queue_url"], stack["dlq_url"])
    except (OSError, ValueError, KeyError, TypeError):
        raise NoStack(f"{file} cannot be read; make it anew with `make up`.") from None
    for key in [each for each in os.environ if each.startswith("AWS_")]:
        if key != "AWS_CA_BUNDLE":
            del os.environ[key]
    os.environ.update(environment)
    return names


def _local_file() -> Path:
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / LOCAL_FILE).is_file():
            return folder / LOCAL_FILE
    raise NoStack(
        "There is no stack to work on: name one with --stack, or start the local one with `make up`"
        " and stay in its folder."
    )
