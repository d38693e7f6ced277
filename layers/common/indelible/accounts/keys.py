"""API keys: the stored part of a key, and whether a secret belongs to it."""

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
VIEWER, VIEWER_OF_ALL = "viewer:create", "viewer:create:all"
DEFAULT_SCOPES = (WRITE, READ)
"""The scopes of a new key that is given none."""

SCOPES = (*DEFAULT_SCOPES, VIEWER, VIEWER_OF_ALL)

WIDER = {VIEWER: VIEWER_OF_ALL}
"""The wider scope that includes a scope, by that scope."""

KEY_PREFIX_LENGTH = 20
_API_KEY = re.compile(r"imk_[A-Za-z0-9]{48}", re.ASCII)
_NO_DIGEST = bytes(32)


@dataclass(frozen=True, slots=True)
class ApiKey:
    """An API key as stored, with a hash of its secret and a copy of its workspace's policy.

    Times are in microseconds. `prefix` is the first 20 characters of the secret.
    """

    prefix: str
    workspace_id: str
    secret_sha256: bytes
    label: str
    scopes: frozenset[str]
    created_at: int
    revoked_at: int | None
    policy: Policy


class Keys(Protocol):
    """The API keys of all workspaces. An adapter may retry briefly; reads may be repeated."""

    def find(self, prefix: str) -> ApiKey | None:
        """The key with this prefix, revoked or not; None if there is none.

        Unavailable when the keys could not be read, DamagedItem when the stored key is damaged.
        """


def new_secret() -> str:
    """A new API key: `imk_` and 48 letters and digits (286 bits)."""
    return "imk_" + "".join(secrets.choice(ALPHANUMERIC) for _ in range(48))


def digest(secret: str) -> bytes:
    """The stored hash of an API key: 32 bytes. Keys are random, so a plain SHA-256 is enough."""
    return sha256(secret.encode()).digest()


def prefix_of(secret: str) -> str:
    """The prefix that identifies an API key. Raises Unauthenticated when the key is malformed."""
    if not _API_KEY.fullmatch(secret):
        raise Unauthenticated
    return secret[:KEY_PREFIX_LENGTH]


def check_key(secret: str, stored: ApiKey | None) -> ApiKey:
    """The stored key. Raises Unauthenticated if the secret is wrong or the key is revoked."""
    expected = stored.secret_sha256 if stored else _NO_DIGEST
    matches = hmac.compare_digest(digest(secret), expected)
    if stored is None or not matches or stored.revoked_at is not None:
        raise Unauthenticated
    return stored
