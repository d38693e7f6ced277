"""The secret that signs viewer tokens, which Secrets Manager keeps in two versions."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from ..accounts.viewer_token import CLOCK_SECONDS, TokenKey
from ..errors import Unavailable
from .clients import error_code, unavailable_on_failure

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_secretsmanager.type_defs import GetSecretValueResponseTypeDef

_KEPT_SECONDS = 900
_UNKNOWN_SECONDS = 10
"""Minimum age of the known versions before a token with an unknown one has them fetched again."""


class TokenSecret:
    """Implements `accounts.viewer_token.TokenKeys`. The versions are fetched every 15 minutes.

    A version's id in Secrets Manager is the id of the key. A new version signs from the next fetch
    on, in each process by itself. The previous version then signs no more. It is accepted only for
    tokens dated before that, so somebody who has it can make none that outlives them. Secrets
    Manager keeps it, as AWSPREVIOUS, until the version after the new one is made.

    `clock` returns seconds. Lambda stops a process between requests, so these include such a stop.
    """

    def __init__(
        self, client: SecretsManagerClient, arn: str, clock: Callable[[], float] = time.time
    ) -> None:
        self._client, self._arn, self._clock = client, arn, clock
        self._versions: list[TokenKey] = []
        self._fetched_at = 0.0

    def present(self) -> TokenKey:
        """The version that signs. Unavailable when it cannot be fetched."""
        return self._known(_KEPT_SECONDS)[0]

    def find(self, key_id: str) -> TokenKey | None:
        """The version with this id. An unknown one is fetched at most every ten seconds."""
        for kept_seconds in (_KEPT_SECONDS, _UNKNOWN_SECONDS):
            for each in self._known(kept_seconds):
                if each.id == key_id:
                    return each
        return None

    def _known(self, kept_seconds: int) -> list[TokenKey]:
        if not self._versions or self._clock() >= self._fetched_at + kept_seconds:
            self._versions = self._fetch()
            self._fetched_at = self._clock()
        return self._versions

    def _fetch(self) -> list[TokenKey]:
        with unavailable_on_failure("Secrets Manager"):
            present = self._client.get_secret_value(SecretId=self._arn)
            try:
                previous = self._client.get_secret_value(
                    SecretId=self._arn, VersionStage="AWSPREVIOUS"
                )
            except ClientError as error:
                if error_code(error) != "ResourceNotFoundException":
                    raise
                return [_key_of(present, None)]
        replaced_at = int(present["CreatedDate"].timestamp())
        last_issued_at = replaced_at + _KEPT_SECONDS + CLOCK_SECONDS
        return [_key_of(present, None), _key_of(previous, last_issued_at)]


def _key_of(answer: GetSecretValueResponseTypeDef, last_issued_at: int | None) -> TokenKey:
    if not (text := answer.get("SecretString")):
        raise Unavailable("the secret of viewer tokens is empty or not text")
    return TokenKey(answer["VersionId"], text.encode(), last_issued_at)
