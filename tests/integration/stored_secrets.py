"""The secrets of the stack, in moto's Secrets Manager."""

from __future__ import annotations

import os

import pytest
from indelible.aws.clients import secretsmanager_client
from indelible.identifiers import new_workspace_id

TOKENS = "TOKEN_SECRET_ARN"


def store_secrets(environment: pytest.MonkeyPatch) -> None:
    """Make both secrets, and name them in the environment.

    Functions that are loaded later in the same module share the secret of viewer tokens.
    """
    missing = ["SIGNING_SECRET_ARN"] if TOKENS in os.environ else ["SIGNING_SECRET_ARN", TOKENS]
    for name in missing:
        secret = secretsmanager_client().create_secret(
            Name=new_workspace_id(), SecretString=name[0] * 64
        )
        environment.setenv(name, secret["ARN"])
