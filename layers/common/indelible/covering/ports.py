"""What covering needs besides the ledger. `aws/` implements it with S3, DynamoDB, KMS and HTTPS.

Every method raises Unavailable when the service behind it fails. A write may then have been done.
All of them may be called again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:  # the indexer needs only the notes
    from ..checkpoints.requests import Request
    from ..checkpoints.turn import Turn
    from ..errors import DamagedItem
    from ..tlog.keys import VerifierKey
    from ..tlog.note import Note
    from ..tlog.witness import Answer


class LockedBucket(Protocol):
    """Objects that nobody can replace or delete while their lock lasts. Reads are consistent."""

    def read(self, key: str) -> bytes | None:
        """The object's bytes; None if there is none."""

    def read_many(self, keys: Sequence[str]) -> Mapping[str, bytes]:
        """The bytes of those objects that exist."""

    def put_new(self, key: str, content: bytes) -> bool:
        """Store an object unless the key has one. Returns whether it was stored."""


class States(Protocol):
    """The versions of the state. None is ever changed."""

    def put(self, content: bytes) -> str:
        """Store a new version; returns its id."""

    def read(self, version: str) -> bytes | None:
        """The bytes of a version; None if there is no such version."""


class Turns(Protocol):
    """The turn: who decided the next run, and what. Reads are consistent."""

    def read(self) -> Turn | None:
        """The turn that was taken last; None if there is none. DamagedItem if it is damaged."""

    def take(self, turn: Turn, after: Turn | None) -> bool:
        """Take a turn if the last one still is `after`. Returns whether it was taken.

        A call whose reply is lost and that is repeated returns False, though the turn was taken.
        """

    def keep_cosigned(
        self, note: Note, asked_at: int, instead_of: Note | None = None
    ) -> Note | None:
        """Keep a checkpoint with the cosignatures that came when witnesses were asked.

        `asked_at` is in seconds. Returns None if it is kept. If the one that is kept is of a larger
        log, or was asked for as late, that one stays and is returned, unless it is `instead_of`.
        """

    def requests(self) -> Sequence[Request | DamagedItem]:
        """What operators want of the next run, oldest first.

        A damaged item is its error, so that it keeps no run from going on.
        """

    def done(self, requests: Iterable[Request]) -> None:
        """Remove requests that a published run has fulfilled."""


class Signer(Protocol):
    """A key that signs the log's checkpoints. Its private half never leaves its service."""

    @property
    def key(self) -> VerifierKey:
        """The key with which the signatures are verified."""

    def sign(self, text: bytes) -> bytes:
        """The Ed25519 signature of a text of at most 4,096 bytes. The same text may be signed
        again."""


class ReceivedNote(NamedTuple):
    """A growth note as it was delivered, readable or not.

    `receipt` is what deletes it. `sent_at` is when it was sent, in microseconds.
    """

    encoded: bytes
    receipt: str
    sent_at: int


class GrowthNotes(Protocol):
    """The notes about chains that have grown. Each is received until it is deleted."""

    def receive(self, at_most: int) -> Sequence[ReceivedNote]:
        """Notes that wait, at most so many. Others are received later."""

    def delete(self, notes: Sequence[ReceivedNote]) -> None:
        """Delete notes that a published run has considered."""

    def release(self, notes: Sequence[ReceivedNote]) -> None:
        """Let the next run receive these notes, which it may otherwise receive later."""


class Witness(Protocol):
    """A witness of the log: https://c2sp.org/tlog-witness."""

    @property
    def key(self) -> VerifierKey:
        """The key of its cosignatures."""

    def add_checkpoint(self, body: bytes, note: Note) -> Answer:
        """Send a request to `add-checkpoint` about this note; returns what the witness answered.

        Raises Unreadable and WrongProof as `tlog.witness.read_answer` does.
        """
