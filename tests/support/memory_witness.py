"""A witness in memory that does what https://c2sp.org/tlog-witness says of `add-checkpoint`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from indelible.errors import Unreadable, WrongProof
from indelible.tlog.checkpoint import Checkpoint, read_checkpoint
from indelible.tlog.keys import VerifierKey
from indelible.tlog.merkle import EMPTY_ROOT, check_consistency
from indelible.tlog.note import Note, find_signature, is_signed_by, read_note
from indelible.tlog.spelling import read_hash, read_number
from indelible.tlog.witness import SIZE_TYPE, Answer, read_answer

from support.notes import FIRST, LOG, Signer
from support.port_faults import Faults

MAX_PATH = 63

HttpAnswer = tuple[int, str, bytes]
"""The status, the content type and the body of an answer."""


@dataclass
class MemoryWitness:
    """`covering.ports.Witness`. It knows the logs with these keys, and cosigns at `time` (seconds).

    `cosigned` has the checkpoint of each origin that it cosigned last. Change `answer` to have it
    answer something else.
    """

    faults: Faults = field(default_factory=Faults)
    private: Signer = FIRST
    logs: Sequence[VerifierKey] = (LOG.key,)
    time: int = 1_795_435_262
    cosigned: dict[str, Checkpoint] = field(default_factory=dict)

    @property
    def key(self) -> VerifierKey:
        """The key of its cosignatures."""
        return self.private.witness_key

    def add_checkpoint(self, body: bytes, note: Note) -> Answer:
        """Answer as over HTTP. It cosigned also when the answer is lost."""
        done = self.faults.entered("witness.add_checkpoint")
        status, content_type, answer = self.answer(body)
        done()
        return read_answer(status, content_type, answer, note, self.key)

    def answer(self, body: bytes) -> HttpAnswer:  # noqa: PLR0911 - as many answers as there are
        """What the protocol says, in the order of its checks."""
        try:
            old_size, path, note = _read_body(body)
            checkpoint = read_checkpoint(note.text)
        except Unreadable as error:
            return _text(400, str(error))
        known = [key for key in self.logs if key.name == checkpoint.origin]
        if not known:
            return _text(404, "unknown log")
        if not _is_signed(note, known):
            return _text(403, "no signature of a known key")
        if old_size > checkpoint.size:
            return _text(400, "the old size is greater than the new one")
        last = self.cosigned.get(checkpoint.origin, Checkpoint(checkpoint.origin, 0, EMPTY_ROOT))
        if old_size != last.size:
            return 409, SIZE_TYPE, f"{last.size}\n".encode()
        if old_size == checkpoint.size and last.root != checkpoint.root:
            return _text(409, "another root of this size was cosigned")
        try:
            check_consistency(old_size, checkpoint.size, last.root, checkpoint.root, path)
        except WrongProof as error:
            return _text(422, str(error))
        self.cosigned[checkpoint.origin] = checkpoint
        return 200, "text/plain", self.private.cosign(note.text, self.time).line


def _is_signed(note: Note, keys: Sequence[VerifierKey]) -> bool:
    try:
        return any(find_signature(note, key) and is_signed_by(note, key) for key in keys)
    except WrongProof:
        return False


def _read_body(body: bytes) -> tuple[int, list[bytes], Note]:
    head, separator, note = body.partition(b"\n\n")
    first, *path = head.decode(errors="replace").split("\n")
    if not separator or not first.startswith("old ") or len(path) > MAX_PATH:
        raise Unreadable("not a request to add a checkpoint")
    old_size = read_number(first.removeprefix("old "), "the old size")
    return old_size, [read_hash(each, "a hash of the path") for each in path], read_note(note)


def _text(status: int, reason: str) -> HttpAnswer:
    return status, "text/plain", f"{reason}\n".encode()
