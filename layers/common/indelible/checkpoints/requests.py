"""What operators request of the next run. Each is an item `LOG` / `REQUEST#…` until it is done."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class RestartRequest:
    """Begin a new epoch of a workspace whose chain no longer is what was covered.

    `epoch` is the one to end. So a request that is carried out twice changes nothing the second
    time. `kept_size` is the number of covered records that the chain still has.
    """

    workspace_id: str
    epoch: int
    kept_size: int
    reason: str

    @property
    def reason_sha256(self) -> bytes:
        """The SHA-256 of the reason, which is all that the log has of it."""
        return sha256(self.reason.encode()).digest()


@dataclass(frozen=True, slots=True)
class TakeOverRequest:
    """Let the stack with this table go on with the log, whose runs read another table so far."""

    table_arn: str


@dataclass(frozen=True, slots=True)
class ContinueRequest:
    """Let a new log say which one it goes on from, whose key is lost. The first run carries it out.

    The values are those of that log's last checkpoint.
    """

    old_origin: str
    old_size: int
    old_root: bytes


@dataclass(frozen=True, slots=True)
class RebuiltRequest:
    """Go on from a rebuilt state, because the one that run `run` published is lost.

    It is the version `state_version` of the state object, with the SHA-256 `state_sha256`. Its map
    must be the one that the run has logged.
    """

    run: int
    state_version: str
    state_sha256: bytes


Request: TypeAlias = RestartRequest | TakeOverRequest | ContinueRequest | RebuiltRequest
