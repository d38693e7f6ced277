"""What a run of covering works with, in memory: `covering.ports`, each port with its faults.

Calls are named for the port and the method: `bucket.put_new`, `turns.take`, `signer.sign`. Ports
may share one `Faults`, so that its `calls` are those of a whole run, in order.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from threading import Lock

from indelible.checkpoints.requests import Request
from indelible.checkpoints.turn import Turn
from indelible.covering.ports import ReceivedNote
from indelible.tlog.keys import VerifierKey
from indelible.tlog.note import Note

from support.notes import LOG
from support.notes import Signer as PrivateKey
from support.port_faults import Faults


@dataclass
class MemoryBucket:
    """`LockedBucket`. A key has one version, whoever puts it first."""

    faults: Faults = field(default_factory=Faults)
    objects: dict[str, bytes] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def read(self, key: str) -> bytes | None:
        """The object, or None."""
        done = self.faults.entered("bucket.read")
        found = self.objects.get(key)
        done()
        return found

    def read_many(self, keys: Sequence[str]) -> dict[str, bytes]:
        """The objects that exist, in one call."""
        if not keys:
            return {}
        done = self.faults.entered("bucket.read_many")
        found = {key: self.objects[key] for key in keys if key in self.objects}
        done()
        return found

    def keys(self, prefix: str) -> list[str]:
        """The keys that begin with this prefix, in order."""
        done = self.faults.entered("bucket.keys")
        found = sorted(each for each in self.objects if each.startswith(prefix))
        done()
        return found

    def put_new(self, key: str, content: bytes) -> bool:
        """Store the object unless its key is there."""
        done = self.faults.entered("bucket.put_new")
        with self._lock:
            is_new = key not in self.objects
            if is_new:
                self.objects[key] = content
        done()
        return is_new


@dataclass
class MemoryStates:
    """`States`. Versions are `v1`, `v2` and so on, in the order in which they were put."""

    faults: Faults = field(default_factory=Faults)
    versions: dict[str, bytes] = field(default_factory=dict)

    def put(self, content: bytes) -> str:
        """Store a version."""
        done = self.faults.entered("states.put")
        version = f"v{len(self.versions) + 1}"
        self.versions[version] = content
        done()
        return version

    def read(self, version: str) -> bytes | None:
        """The version, or None."""
        done = self.faults.entered("states.read")
        found = self.versions.get(version)
        done()
        return found


@dataclass
class MemoryTurns:
    """`Turns`. `cosigned` is the note that was kept last. `waiting` are the requests."""

    faults: Faults = field(default_factory=Faults)
    turn: Turn | None = None
    cosigned: Note | None = None
    waiting: list[Request] = field(default_factory=list)

    def read(self) -> Turn | None:
        """The turn."""
        done = self.faults.entered("turns.read")
        found = self.turn
        done()
        return found

    def take(self, turn: Turn, after: Turn | None) -> bool:
        """Take the turn if the run and the text of the stored one are those of `after`."""
        done = self.faults.entered("turns.take")
        is_taken = _name(self.turn) == _name(after)
        if is_taken:
            self.turn = turn
        done()
        return is_taken

    def keep_cosigned(self, note: Note) -> None:
        """Keep the note in place of the last one."""
        done = self.faults.entered("turns.keep_cosigned")
        self.cosigned = note
        done()

    def requests(self) -> list[Request]:
        """The requests, oldest first."""
        done = self.faults.entered("turns.requests")
        found = [*self.waiting]
        done()
        return found

    def done(self, requests: Iterable[Request]) -> None:
        """Remove them, in a call for each."""
        for each in requests:
            done = self.faults.entered("turns.done")
            self.waiting = [other for other in self.waiting if other != each]
            done()


def _name(turn: Turn | None) -> tuple[int, bytes] | None:
    return (turn.run, turn.text) if turn else None


@dataclass
class MemorySigner:
    """`Signer`, with a real key. `signed` has every text that was signed, in order."""

    faults: Faults = field(default_factory=Faults)
    private: PrivateKey = LOG
    signed: list[bytes] = field(default_factory=list)

    @property
    def key(self) -> VerifierKey:
        """The key of its signatures."""
        return self.private.key

    def sign(self, text: bytes) -> bytes:
        """Sign the text. It was signed also when the reply is lost."""
        done = self.faults.entered("signer.sign")
        self.signed.append(text)
        signature = self.private.sign(text).signature
        done()
        return signature


@dataclass
class MemoryNotes:
    """`GrowthNotes`. A note is received again and again until it is deleted."""

    faults: Faults = field(default_factory=Faults)
    waiting: dict[str, bytes] = field(default_factory=dict)
    sent_at: dict[str, int] = field(default_factory=dict)
    _sent: int = 0

    def send(self, note: bytes, at: int = 0) -> None:
        """Send a note, at this time. It meets no fault."""
        self._sent += 1
        self.waiting[f"r{self._sent}"] = note
        self.sent_at[f"r{self._sent}"] = at

    def receive(self, at_most: int) -> list[ReceivedNote]:
        """The notes that were sent first."""
        done = self.faults.entered("notes.receive")
        found = [
            ReceivedNote(note, receipt, self.sent_at.get(receipt, 0))
            for receipt, note in self.waiting.items()
        ]
        done()
        return found[:at_most]

    def delete(self, notes: Sequence[ReceivedNote]) -> None:
        """Delete the notes, in one call."""
        if not notes:
            return
        done = self.faults.entered("notes.delete")
        for each in notes:
            self.waiting.pop(each.receipt, None)
        done()

    def release(self, notes: Sequence[ReceivedNote]) -> None:
        """They wait anyway. One call."""
        if notes:
            self.faults.entered("notes.release")()
