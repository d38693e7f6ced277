"""Clients of AWS, and their failures as ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, cast

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from ..errors import Unavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sqs import SQSClient

    from .table import ReadItem

_CONFIG = Config(
    connect_timeout=1,
    read_timeout=3,
    retries={"mode": "standard", "total_max_attempts": 3},
    tcp_keepalive=True,
)
"""Three tries within what an API request may take; who wants more waits and asks again."""

_CONFIG_SINGLE_TRY = _CONFIG.merge(
    Config(read_timeout=1, retries={"mode": "standard", "total_max_attempts": 1})
)

_CONFIG_S3 = _CONFIG.merge(
    Config(
        read_timeout=60,
        signature_version="s3v4",
        s3={"addressing_style": "virtual"},
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
)
"""S3 takes its time to make one file of many parts. Links lead to the bucket's own Region only with
these two; bodies are sent with a checksum that we made."""


def dynamodb_client() -> DynamoDBClient:
    """A client of the account and Region that the environment names."""
    return boto3.client("dynamodb", config=_CONFIG)


def single_try_dynamodb_client() -> DynamoDBClient:
    """The same for calls that can be left out: one attempt, which takes at most two seconds."""
    return boto3.client("dynamodb", config=_CONFIG_SINGLE_TRY)


def sqs_client() -> SQSClient:
    """A client of the account and Region that the environment names."""
    return boto3.client("sqs", config=_CONFIG)


def s3_client() -> S3Client:
    """A client of the account and Region that the environment names."""
    return boto3.client("s3", config=_CONFIG_S3)


def secretsmanager_client() -> SecretsManagerClient:
    """A client of the account and Region that the environment names."""
    return boto3.client("secretsmanager", config=_CONFIG)


def error_code(error: ClientError) -> str:
    """AWS's name for what went wrong, such as `ConditionalCheckFailedException`."""
    return error.response.get("Error", {}).get("Code", "Unknown")


def item_of_failure(error: ClientError) -> ReadItem | None:
    """The item that a failed condition returns (`ReturnValuesOnConditionCheckFailure`)."""
    return cast("ReadItem | None", error.response.get("Item"))


@contextmanager
def unavailable_on_failure(service: str) -> Iterator[None]:
    """Raise Unavailable for whatever AWS answers but success, or for no answer at all."""
    try:
        yield
    except ClientError as error:
        raise Unavailable(f"{service} answered {error_code(error)}") from error
    except BotoCoreError as error:
        raise Unavailable(f"{service} did not answer: {type(error).__name__}") from error
