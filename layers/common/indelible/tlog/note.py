"""Signed notes (C2SP signed-note): a text and the signatures of one or more keys.

    <text, whose last line ends in a newline>

    — <name of a key> <base64 of key ID || signature>

The last empty line separates them. A signature is of the text with its last newline.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import Unreadable, WrongProof
from .ed25519 import is_signed
from .keys import KEY_ID_BYTES, VerifierKey, is_key_name
from .spelling import from_base64, read_text, to_base64

MAX_NOTE_BYTES = 256 * 1024
"""Maximum size of a note.

Every reader has to accept 16 signatures. If each has 5 kB, as those of post-quantum keys may, they
are 110 kB in base64.
"""

_DASH = "\u2014 "


@dataclass(frozen=True, slots=True)
class NoteSignature:
    """A signature with the name and the ID (4 bytes) of the key that made it.

    `signature` is what comes after the key ID. Its form depends on the type of the key.
    """

    name: str
    key_id: bytes
    signature: bytes

    @property
    def line(self) -> bytes:
        """The signature's line in a note, with its newline."""
        return f"{_DASH}{self.name} {to_base64(self.key_id + self.signature)}\n".encode()


@dataclass(frozen=True, slots=True)
class Note:
    """A text that ends in a newline, and its signatures in their order."""

    text: bytes
    signatures: tuple[NoteSignature, ...]

    @property
    def encoded(self) -> bytes:
        """The note's bytes, which `read_note` reads if it has a signature."""
        return self.text + b"\n" + b"".join(each.line for each in self.signatures)

    def with_signatures(self, *added: NoteSignature) -> Note:
        """The note with these signatures at its end. Each replaces an earlier one of its key."""
        replaced = {(each.name, each.key_id) for each in added}
        kept = (each for each in self.signatures if (each.name, each.key_id) not in replaced)
        return Note(self.text, (*kept, *added))


def read_note(data: bytes) -> Note:
    """Read a note. Its signatures are not checked here. Raises Unreadable."""
    read_text(data, MAX_NOTE_BYTES, "the note")
    end = data.rfind(b"\n\n")
    if end < 0:
        raise Unreadable("the note has no empty line before its signatures")
    return Note(data[: end + 1], read_signatures(data[end + 2 :]))


def read_signatures(data: bytes) -> tuple[NoteSignature, ...]:
    """Read the lines of signatures of a note, at least one. Raises Unreadable."""
    text = read_text(data, MAX_NOTE_BYTES, "the note after its last empty line")
    return tuple(_read_line(each) for each in text.split("\n")[:-1])


def _read_line(line: str) -> NoteSignature:
    name, _, encoded = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or not is_key_name(name):
        raise Unreadable(f"{line[:80]!r} is no signature of a note: — <name> <base64>")
    signed = from_base64(encoded, f"the signature of {name}")
    if len(signed) <= KEY_ID_BYTES:
        raise Unreadable(f"the signature of {name} has only {len(signed)} bytes")
    return NoteSignature(name, signed[:KEY_ID_BYTES], signed[KEY_ID_BYTES:])


def find_signature(note: Note, key: VerifierKey) -> NoteSignature | None:
    """The signature that bears the key's name and ID, which anybody may write; None without one.

    `is_signed_by` checks it. Raises Unreadable when two bear the key: which one counts is not
    clear. Those of other keys may be there as often as they like, since nobody reads them.
    """
    key_id = key.key_id
    found = [each for each in note.signatures if each.key_id == key_id and each.name == key.name]
    if len(found) > 1:
        raise Unreadable(f"the note has {len(found)} signatures of {key.name}")
    return found[0] if found else None


def is_signed_by(note: Note, key: VerifierKey) -> bool:
    """Whether a key for notes signed this note.

    Raises WrongProof when a signature bears the key, but is not of it. Such a note is refused as a
    whole, whoever else signed it.
    """
    found = find_signature(note, key)
    if found is None:
        return False
    if not is_signed(key.public_key, note.text, found.signature):
        raise WrongProof(f"The signature of {key.name} is not one of this note.")
    return True
