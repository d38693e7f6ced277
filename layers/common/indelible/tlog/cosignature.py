"""Cosignatures (C2SP tlog-cosignature, type 0x04): a witness says when it saw which checkpoint.

A witness signs `cosignature/v1`, a line with the time, and the text of the checkpoint. It does so
only if the log has grown from what it signed before, and so was this log's largest tree for it.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from ..errors import Unreadable, WrongProof
from ..times import LATEST, SECOND
from .ed25519 import is_signed
from .keys import VerifierKey
from .note import Note, find_signature
from .spelling import MAX_NUMBER

TIME_BYTES = 8
ED25519_BYTES = 64


@dataclass(frozen=True, slots=True)
class Cosignature:
    """The time, in Unix seconds, and an Ed25519 signature (64 bytes)."""

    time: int
    signature: bytes

    @property
    def encoded(self) -> bytes:
        """The `signature` of a NoteSignature."""
        return self.time.to_bytes(TIME_BYTES) + self.signature


def read_cosignature(signature: bytes) -> Cosignature:
    """Read what `Cosignature.encoded` returned. Raises Unreadable for any other bytes."""
    if len(signature) != TIME_BYTES + ED25519_BYTES:
        raise Unreadable(f"a cosignature has {len(signature)} bytes and must have 72")
    time = int.from_bytes(signature[:TIME_BYTES])
    if time > MAX_NUMBER:
        raise Unreadable("the time of a cosignature is over 2^63-1")
    return Cosignature(time, signature[TIME_BYTES:])


def cosigned_message(time: int, text: bytes) -> bytes:
    """What a witness signs: the time, in Unix seconds, and the text of a checkpoint."""
    return b"cosignature/v1\ntime %d\n%s" % (time, text)


def unchecked_times(note: Note) -> dict[str, int]:
    """When each witness says that it has seen the note (Unix seconds), by the witness's name.

    No signature is checked, nor is it decided which witnesses count: a verifier with a policy does
    both. A time that no clock shows, after the year 9999, is left out.
    """
    found = {}
    for each in note.signatures:
        with suppress(Unreadable):  # the log's own signature, or one of a kind not known here
            found[each.name] = read_cosignature(each.signature).time
    return {name: time for name, time in found.items() if time <= LATEST // SECOND}


def cosigned_at(note: Note, key: VerifierKey) -> int | None:
    """When the witness with this key cosigned the note, in Unix seconds; None if it did not.

    Raises WrongProof when a signature bears the key, but is not of it: such a note is refused as a
    whole. Raises Unreadable when two bear it, or one is no cosignature.
    """
    found = find_signature(note, key)
    if found is None:
        return None
    made = read_cosignature(found.signature)
    if not is_signed(key.public_key, cosigned_message(made.time, note.text), made.signature):
        raise WrongProof(f"The cosignature of {key.name} is not one of this checkpoint.")
    return made.time
