"""The signing secret of the stack, which Secrets Manager keeps."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from ..errors import Unavailable
from .clients import unavailable_on_failure

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_secretsmanager import SecretsManagerClient

_KEPT_SECONDS = 900


class SigningSecret:
    """The key with which the service signs. It is fetched again every 15 minutes.

    `clock` returns seconds. Lambda stops a process between requests, so these include such a stop.
    """

    def __init__(
        self, client: SecretsManagerClient, arn: str, clock: Callable[[], float] = time.time
    ) -> None:
        self._client, self._arn, self._clock = client, arn, clock
        self._key = b""
        self._kept_until = 0.0

    def key(self) -> bytes:
        """The secret's text as bytes. Unavailable when it cannot be fetched."""
        if not self._key or self._clock() >= self._kept_until:
            self._key = self._fetch()
            self._kept_until = self._clock() + _KEPT_SECONDS
        return self._key

    def _fetch(self) -> bytes:
        with unavailable_on_failure("Secrets Manager"):
            answer = self._client.get_secret_value(SecretId=self._arn)
        if not (text := answer.get("SecretString")):
            raise Unavailable("the signing secret is empty or not text")
        return text.encode()
