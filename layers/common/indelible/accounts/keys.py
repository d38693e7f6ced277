"""API keys: what is stored of them, and whether a secret is one of them."""

from __future__ import annotations

import hmac
import re
import secrets
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

from ..errors import Unauthenticated
from ..identifiers import ALPHANUMERIC
from .workspace import Policy

READ, WRITE = "events:read", "events:write"
SCOPES = (WRITE, READ)

KEY_PREFIX_LENGTH = 20
_API_KEY = re.compile(r"imk_[A-Za-z0-9]{48}", re.ASCII)
_NO_DIGEST = bytes(32)


@dataclass(frozen=True, slots=True)
class ApiKey:
    """An API key as stored: a hash of the secret, and the policy of its workspace."""

    prefix: str
    workspace_id: str
    secret_sha256: bytes
    label: str
    scopes: frozenset[str]
    created_at: int
    revoked_at: int | None
    policy: Policy


class Keys(Protocol):
    """The API keys."""

    def find(self, prefix: str) -> ApiKey | None:
        """The key with this prefix, revoked or not."""


def new_secret() -> str:
    """A new API key: `imk_` and 48 letters and digits (286 bits)."""
    return "imk_" + "".join(secrets.choice(ALPHANUMERIC) for _ in range(48))


def digest(secret: str) -> bytes:
    """What is stored of an API key. It is random, so a plain hash keeps it."""
    return sha256(secret.encode()).digest()


def prefix_of(secret: str) -> str:
    """The part of an API key that finds it. Unauthenticated when it cannot be one."""
    if not _API_KEY.fullmatch(secret):
        raise Unauthenticated
    return secret[:KEY_PREFIX_LENGTH]


def check_key(secret: str, stored: ApiKey | None) -> ApiKey:
    """The key as stored, if the secret is its own and it is not revoked; else Unauthenticated."""
    expected = stored.secret_sha256 if stored else _NO_DIGEST
    matches = hmac.compare_digest(digest(secret), expected)
    if stored is None or not matches or stored.revoked_at is not None:
        raise Unauthenticated
    return stored
