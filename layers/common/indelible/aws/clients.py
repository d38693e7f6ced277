"""The clients of AWS, and their failures as errors of Indelible."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, ParamSpec, cast

from botocore import __version__ as _botocore_version
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import Session, get_session

from .. import __version__
from ..errors import Conflict, Unavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef
    from mypy_boto3_kms import KMSClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sqs import SQSClient

    from .table import ReadItem, Table

P = ParamSpec("P")

CALLS_AT_A_TIME = 32
"""Maximum calls that a client makes side by side. Each has a connection, which is kept. botocore's
default pool keeps 10, and opens and closes one for each call beyond these."""

_CONFIG = Config(
    connect_timeout=1,
    read_timeout=3,
    retries={"mode": "standard", "total_max_attempts": 3},
    tcp_keepalive=True,
    max_pool_connections=CALLS_AT_A_TIME,
    user_agent=f"Indelible/{__version__} Botocore/{_botocore_version}",
    parameter_validation=False,
)
"""Three attempts fit into one API request; callers that can wait longer retry themselves.

The last two settings save 30 % of botocore's time for a call. Without them, it builds its
User-Agent for each call, and checks types that mypy and AWS check too
(docs/decisions/031-start-and-calls.md)."""

_CONFIG_PROMPT = _CONFIG.merge(
    Config(read_timeout=1, retries={"mode": "standard", "total_max_attempts": 2})
)
"""For requests that stop reading after three seconds and should end within five. A connected call
that is not answered fails after two seconds. DynamoDB's second attempt follows within 25 ms, or
within a second if the first was throttled."""

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
        parameter_validation=True,
    )
)
"""S3 needs up to a minute to join the parts of a file. Links lead to the bucket's own Region only
with this signature version and addressing style. Bodies are sent with our own checksum. Parameters
are checked, because without a key a request is one for the bucket."""

_CONFIG_S3_PROMPT = _CONFIG_S3.merge(Config(read_timeout=5))
"""For small objects. S3 has them within a second, or the connection is
dead. Three attempts fit into the invocation of a function."""


@cache
def session() -> Session:
    """The session of this process. All clients share what it reads of AWS and the environment.

    boto3 would only wrap it, and importing it takes an eighth of a cold start.
    """
    return get_session()


def dynamodb_client() -> DynamoDBClient:
    """A client of the account and Region that the environment names."""
    return cast("DynamoDBClient", session().create_client("dynamodb", config=_CONFIG))


def prompt_dynamodb_client() -> DynamoDBClient:
    """A client for requests whose sender gives up after a few seconds, and may ask again."""
    return cast("DynamoDBClient", session().create_client("dynamodb", config=_CONFIG_PROMPT))


def single_try_dynamodb_client() -> DynamoDBClient:
    """A client for calls that may be skipped, or whose caller must know the result of each attempt.

    It makes one attempt, which takes at most two seconds.
    """
    return cast("DynamoDBClient", session().create_client("dynamodb", config=_CONFIG_SINGLE_TRY))


def sqs_client() -> SQSClient:
    """A client of the account and Region that the environment names."""
    return cast("SQSClient", session().create_client("sqs", config=_CONFIG))


def kms_client() -> KMSClient:
    """A client of the account and Region that the environment names."""
    return cast("KMSClient", session().create_client("kms", config=_CONFIG))


def s3_client() -> S3Client:
    """A client of the account and Region that the environment names."""
    return cast("S3Client", session().create_client("s3", config=_CONFIG_S3))


def prompt_s3_client() -> S3Client:
    """A client for small objects. A call that is not answered fails within 20 seconds."""
    return cast("S3Client", session().create_client("s3", config=_CONFIG_S3_PROMPT))


def secretsmanager_client() -> SecretsManagerClient:
    """A client of the account and Region that the environment names."""
    return cast("SecretsManagerClient", session().create_client("secretsmanager", config=_CONFIG))


def prompt_secretsmanager_client() -> SecretsManagerClient:
    """A client for requests whose sender gives up after a few seconds, and may ask again."""
    return cast(
        "SecretsManagerClient", session().create_client("secretsmanager", config=_CONFIG_PROMPT)
    )


def error_code(error: ClientError) -> str:
    """AWS's code of the error, such as `ConditionalCheckFailedException`."""
    return error.response.get("Error", {}).get("Code", "Unknown")


@contextmanager
def unavailable_on_failure(service: str) -> Iterator[None]:
    """Raise Unavailable when AWS returns an error or does not answer."""
    try:
        yield
    except ClientError as error:
        raise Unavailable(f"{service} answered {error_code(error)}") from error
    except BotoCoreError as error:
        raise Unavailable(f"{service} did not answer: {type(error).__name__}") from error


def write_if(write: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> ReadItem | None:
    """Call a conditional write of DynamoDB. Returns None when it succeeded.

    If the condition failed, returns the stored item. It is empty if no item is stored, or if the
    call does not request it (`ReturnValuesOnConditionCheckFailure`). Unavailable for every other
    failure. botocore repeats a call whose reply is lost, so the condition may also fail because the
    first attempt succeeded.
    """
    with unavailable_on_failure("DynamoDB"):
        try:
            write(*args, **kwargs)
        except ClientError as error:
            if error_code(error) != "ConditionalCheckFailedException":
                raise
            return cast("ReadItem", error.response.get("Item", {}))
    return None


def write_together(table: Table, items: list[TransactWriteItemTypeDef]) -> None:
    """Write all items or none. Conflict when a condition fails: another write came first."""
    with unavailable_on_failure("DynamoDB"):
        try:
            table.client.transact_write_items(TransactItems=items)
        except ClientError as error:
            if error_code(error) != "TransactionCanceledException":
                raise
            raise Conflict("Someone else changed it at the same time; try again.") from error
