"""What operators request of the next run. Each is an item `LOG` / `REQUEST#…` until it is done."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TypeAlias

from ..tlog.keys import VerifierKey


@dataclass(frozen=True, slots=True)
class RestartRequest:
    """Begin a new epoch of a workspace whose chain no longer is what was covered.

    `epoch` is the one to end. So a request that is carried out twice changes nothing the second
    time.
    """

    workspace_id: str
    epoch: int
    reason: str

    @property
    def reason_sha256(self) -> bytes:
        """The SHA-256 of the reason, which is all that the log has of it."""
        return sha256(self.reason.encode()).digest()


@dataclass(frozen=True, slots=True)
class TakeOverRequest:
    """Let the stack with this table go on with the log, which another table was the source of."""

    table_arn: str


@dataclass(frozen=True, slots=True)
class NewKeyRequest:
    """Log a new key, and sign with it from then on. `key_arn` is the KMS key that has it."""

    key_arn: str
    key: VerifierKey


Request: TypeAlias = RestartRequest | TakeOverRequest | NewKeyRequest
