"""The client's half of C2SP tlog-witness: what `add-checkpoint` sends and what comes back.

A log sends each new checkpoint to its witnesses, with a proof that its tree has grown from the one
that the witness cosigned last. Nothing here uses the network.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from ..errors import Unreadable
from .cosignature import cosigned_at
from .keys import VerifierKey
from .note import Note, NoteSignature, find_signature, read_signatures
from .spelling import read_number, read_text, to_base64

MAX_ANSWER_BYTES = 64 * 1024
"""Maximum size of an answer. Cosignatures of all the types of several keys have some 10 kB."""

SIZE_TYPE = "text/x.tlog.size"
OK, CONFLICT = 200, 409


class Refusal(Enum):
    """Why a witness did not cosign: the HTTP status of its answer."""

    BAD_REQUEST = 400
    """It could not read the request, or the old size is greater than the new one."""

    BAD_SIGNATURE = 403
    """No key that it knows of this log signed the checkpoint."""

    UNKNOWN_LOG = 404
    """It does not know the origin."""

    OTHER_ROOT = 409
    """It cosigned another root of this size. Somebody was shown another log."""

    WRONG_PROOF = 422
    """The tree has not grown from what it cosigned. Somebody was shown another log."""

    UNAVAILABLE = 0
    """Any other status. The same request may succeed later."""


@dataclass(frozen=True, slots=True)
class Cosigned:
    """The witness cosigned, at this time (Unix seconds). `signature` belongs into the note."""

    signature: NoteSignature
    time: int


@dataclass(frozen=True, slots=True)
class OtherSize:
    """The size of the checkpoint that the witness cosigned last. The request had another old size.

    The request may be repeated with a proof from there. If the size is greater than the log's,
    somebody was shown another log.
    """

    size: int


Answer = Cosigned | OtherSize | Refusal


def add_checkpoint_body(old_size: int, path: Sequence[bytes], note: Note) -> bytes:
    """The body of the request: the old size, a consistency path from there, and the checkpoint."""
    lines = [f"old {old_size}", *map(to_base64, path), ""]
    return "".join(f"{each}\n" for each in lines).encode() + note.encoded


def read_answer(
    status: int, content_type: str, body: bytes, note: Note, key: VerifierKey
) -> Answer:
    """What the witness with this key answered about this note.

    Raises Unreadable when an answer is not as the protocol has it, or has no cosignature of this
    key. Raises WrongProof when the cosignature is wrong. Those of other keys are left out.
    """
    if status == OK:
        return _read_cosignature(body, note, key)
    if status == CONFLICT and content_type.partition(";")[0].strip().lower() == SIZE_TYPE:
        text = read_text(body, MAX_ANSWER_BYTES, "the witness's answer")
        return OtherSize(read_number(text[:-1], "the witness's size"))
    known = {each.value: each for each in Refusal}
    return known.get(status, Refusal.UNAVAILABLE)


def _read_cosignature(body: bytes, note: Note, key: VerifierKey) -> Cosigned:
    read_text(body, MAX_ANSWER_BYTES, "the witness's answer")
    answer = Note(note.text, read_signatures(body))
    signature, time = find_signature(answer, key), cosigned_at(answer, key)
    if signature is None or not time:
        raise Unreadable(f"the witness's answer has no cosignature of {key.name} with a time")
    return Cosigned(signature, time)
