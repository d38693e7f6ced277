"""Logs and witnesses with keys of their own, which sign notes in tests."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from indelible.tlog.cosignature import Cosignature, cosigned_message
from indelible.tlog.keys import COSIGNATURES, NOTES, VerifierKey
from indelible.tlog.note import Note, NoteSignature


@dataclass(frozen=True)
class Signer:
    """A log or a witness. Its private key follows from its name, or from another seed."""

    name: str
    seed: str = ""

    @property
    def key(self) -> VerifierKey:
        """Its key as a log."""
        return VerifierKey(self.name, NOTES, self._private.public_key().public_bytes_raw())

    @property
    def witness_key(self) -> VerifierKey:
        """Its key as a witness."""
        return VerifierKey(self.name, COSIGNATURES, self.key.public_key)

    def sign(self, text: bytes) -> NoteSignature:
        """Its signature of a text, as a log."""
        return NoteSignature(self.name, self.key.key_id, self._private.sign(text))

    def cosign(self, text: bytes, time: int) -> NoteSignature:
        """Its signature of a checkpoint at a time (Unix seconds), as a witness."""
        made = Cosignature(time, self._private.sign(cosigned_message(time, text)))
        return NoteSignature(self.name, self.witness_key.key_id, made.encoded)

    @property
    def _private(self) -> Ed25519PrivateKey:
        digest = sha256((self.seed or self.name).encode()).digest()
        return Ed25519PrivateKey.from_private_bytes(digest)


LOG = Signer("audit.example.com/log")
FIRST, SECOND, THIRD = (Signer(f"witness.example/{each}") for each in ("first", "second", "third"))


def signed_by_log(text: bytes, *cosignatures: NoteSignature) -> Note:
    """A note of this text, signed by LOG."""
    return Note(text, (LOG.sign(text), *cosignatures))
