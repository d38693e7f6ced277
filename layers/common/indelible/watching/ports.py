"""What the watcher needs besides the ledger, the index and the log. `aws/` implements it.

Every method raises Unavailable when the service behind it fails. All may be called again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from ..checkpoints.turn import Turn
from ..checkpoints.watched import Watched
from ..covering.ports import LockedBucket


class KeyVersions(NamedTuple):
    """A key of the locked bucket: how many versions it has, and how many delete markers."""

    key: str
    versions: int
    markers: int


class VersionPage(NamedTuple):
    """Some keys, in order. `after` is where the next page begins; None after the last one."""

    keys: Sequence[KeyVersions]
    after: str | None


class VersionedBucket(LockedBucket, Protocol):
    """The locked bucket, whose versions and keys can be listed."""

    def versions(self, prefix: str, after: str) -> VersionPage:
        """The keys with this prefix that follow `after`, with all their versions. About 1,000."""

    def keys(self, prefix: str) -> Sequence[str]:
        """The keys that begin with this prefix, in order. For a few at most."""


class ReadTurn(Protocol):
    """The turn in the table."""

    def read(self) -> Turn | None:
        """The turn that was taken last. DamagedItem if it is damaged."""


class Positions(Protocol):
    """Where the watcher is: one small object, which only the watcher writes."""

    def read(self) -> bytes | None:
        """What was written last; None before the first time."""

    def write(self, content: bytes) -> None:
        """Write the position. After Unavailable it may have been written."""


class SentNotes(Protocol):
    """The queue of growth notes."""

    def send(self, note: bytes) -> None:
        """Send a note. After Unavailable it may have been sent."""


class ListedWorkspaces(Protocol):
    """The workspaces that the table lists."""

    def ids(self) -> Sequence[str]:
        """The id of every workspace."""


class Verdicts(Protocol):
    """What the watcher last found of each workspace, for readers."""

    def put(self, workspace_id: str, watched: Watched) -> None:
        """Replace what is known of a workspace."""
