"""What proving needs besides what covering has. `aws/` implements it with DynamoDB and S3.

Every method raises Unavailable when the service behind it fails.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from ..checkpoints.anchor import Anchor
from ..checkpoints.turn import Turn
from ..tlog.keys import VerifierKey
from ..tlog.note import Note


class Position(NamedTuple):
    """What the table knows of the log: its turn, and the newest checkpoint cosigned once more."""

    turn: Turn | None
    cosigned: Note | None


class Positions(Protocol):
    """Where the log is, as the table says. Reads are consistent."""

    def position(self) -> Position:
        """Both, with one call. DamagedItem if one is damaged."""


class ListedBucket(Protocol):
    """The locked bucket, whose keys can be listed."""

    def keys(self, prefix: str) -> Sequence[str]:
        """The keys that begin with this prefix, in order. For a few at most."""


class Witnesses(Protocol):
    """The witnesses that runs ask for cosignatures."""

    def keys(self) -> Sequence[VerifierKey]:
        """Their keys, by name, without those of damaged items."""


class Anchors(Protocol):
    """The anchors of every workspace, at most one for each of its days. None is ever changed."""

    def put(self, anchor: Anchor) -> bool:
        """Store an anchor unless its day has one. Returns whether it was stored.

        The same call again returns False. Only the watcher calls it.
        """

    def newest(self, workspace_id: str, at_most: int) -> Sequence[Anchor]:
        """The newest anchors of a workspace, newest first."""

    def find(self, tx_hash: str) -> Anchor | None:
        """The anchor with this hash (64 hex digits), of any workspace."""


@dataclass(frozen=True, slots=True)
class ScrubVerdict:
    """What the watcher's last whole round found of a chain: whether it is valid, and when.

    `checked_at` is in microseconds.
    """

    is_valid: bool
    checked_at: int


class ScrubVerdicts(Protocol):
    """What the watcher found last of each workspace."""

    def find(self, workspace_id: str) -> ScrubVerdict | None:
        """The verdict; None before the end of the first round."""
