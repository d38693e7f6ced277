"""Workspaces, their API keys and their limits, as values."""

from __future__ import annotations

import hmac
import ipaddress
import re
import secrets
from dataclasses import dataclass, field
from hashlib import sha256
from typing import NamedTuple

from .errors import Forbidden, Unauthenticated
from .identifiers import ALPHANUMERIC

READ, WRITE = "events:read", "events:write"
SCOPES = (WRITE, READ)

KEY_PREFIX_LENGTH = 20
_API_KEY = re.compile(r"imk_[A-Za-z0-9]{48}", re.ASCII)
_NO_DIGEST = bytes(32)


MOST_REQUESTS_PER_MINUTE = 999_999
MOST_EVENTS_PER_MONTH = MOST_BYTES_PER_MINUTE = MOST_REPEATS_PER_MINUTE = 10**12
"""What can be counted: more than one chain ever takes."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a workspace may use."""

    requests_per_minute: int = 6_000
    events_per_month: int = 10_000_000
    bytes_per_minute: int = 128 * 1024 * 1024
    repeats_per_minute: int = 1_000


class Charge(NamedTuple):
    """What a request uses of the limits, besides being one request.

    `events` are new to the workspace. `bytes` are those of all events that will be sent, as JSON.
    `repeats` are events that were first sent more than five minutes before: the writer has to read
    to find them in the chain.
    """

    events: int
    bytes: int = 0
    repeats: int = 0


@dataclass(frozen=True, slots=True)
class Policy:
    """What a workspace allows: its limits, and from which networks (from all, if none is named)."""

    limits: Limits = field(default_factory=Limits)
    allowlist: tuple[str, ...] = ()

    def admit(self, source_ip: str) -> None:
        """Forbidden when requests must come from elsewhere."""
        if not self.allowlist:
            return
        address = ipaddress.ip_address(source_ip)
        if not any(
            address in ipaddress.ip_network(network, strict=False) for network in self.allowlist
        ):
            raise Forbidden("This address is not in the workspace's IP allowlist.")


@dataclass(frozen=True, slots=True)
class Workspace:
    """The unit of isolation. `created_at` in microseconds."""

    id: str
    name: str
    policy: Policy
    created_at: int


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


class Claim(NamedTuple):
    """What an idempotency key stands for: an event's id, received_at (microseconds) and content.

    `content_sha256` is the content's digest (see `content.py`). Older claims have none.
    """

    event_id: str
    received_at: int
    content_sha256: bytes | None = None


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
