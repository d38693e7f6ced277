"""The signing secret of the stack, which Secrets Manager keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_lambda_powertools.utilities.parameters import GetParameterError, SecretsProvider

from ..errors import Unavailable

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

_KEPT_SECONDS = 900


class SigningSecret:
    """The key with which the service signs. It is fetched again every 15 minutes."""

    def __init__(self, client: SecretsManagerClient, arn: str) -> None:
        self._provider = SecretsProvider(boto3_client=client)
        self._arn = arn

    def key(self) -> bytes:
        """The secret's text as bytes. Unavailable when it cannot be fetched."""
        try:
            value = self._provider.get(self._arn, max_age=_KEPT_SECONDS)
        except GetParameterError as error:
            raise Unavailable(f"Secrets Manager did not answer: {error}") from error
        if not isinstance(value, str) or not value:
            raise Unavailable("the signing secret is empty or not text")
        return value.encode()
