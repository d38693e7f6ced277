"""Verifier keys (C2SP signed-note): a name and an Ed25519 public key, as one line of text.

    <name>+<key ID in hex>+<base64 of type || public key>
    key ID = the first 4 bytes of SHA-256(name || 0x0a || type || public key)

The type says what the key signs. Two are known here: notes, and cosignatures with a time. Witnesses
that sign with ML-DSA-44 (type 0x06) cannot be checked yet.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256

from ..errors import Unreadable
from .spelling import from_base64, to_base64

NOTES = 0x01
"""The type of a key that signs the text of notes (signed-note)."""

COSIGNATURES = 0x04
"""The type of a witness's key. It signs a time and the text of a checkpoint (tlog-cosignature)."""

KEY_ID_BYTES = 4
PUBLIC_KEY_BYTES = 32

_NAME = re.compile(r"[^\s+\x00-\x1f\ud800-\udfff]+")


def is_key_name(name: str) -> bool:
    """Whether a key may have this name: no space of Unicode, no plus, no control character."""
    return _NAME.fullmatch(name) is not None


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A name, a type (NOTES or COSIGNATURES) and 32 bytes of public key.

    Raises Unreadable when one of them is something else.
    """

    name: str
    type: int
    public_key: bytes

    def __post_init__(self) -> None:
        if not is_key_name(self.name):
            raise Unreadable(f"{self.name!r} is no name of a key: it has a space or a plus")
        if self.type not in (NOTES, COSIGNATURES):
            raise Unreadable(f"the key {self.name} has the type {self.type:#04x}, not 0x01 or 0x04")
        if len(self.public_key) != PUBLIC_KEY_BYTES:
            length = len(self.public_key)
            raise Unreadable(f"the key {self.name} has {length} bytes and must have 32")

    @classmethod
    def read(cls, text: str) -> VerifierKey:
        """Read what `text` returns. Raises Unreadable for any other text."""
        name, *rest = text.split("+", 2)
        if len(rest) != 2:  # noqa: PLR2004 - the key ID and the key
            raise Unreadable(f"{text!r} is no verifier key: <name>+<key ID>+<key>")
        key_id, encoded = rest
        typed = from_base64(encoded, f"the key of {name!r}")
        if not typed:
            raise Unreadable(f"the key of {name!r} is empty")
        key = cls(name, typed[0], typed[1:])
        if key.key_id.hex() != key_id:
            raise Unreadable(f"the key {name} has the ID {key.key_id.hex()}, not {key_id!r}")
        return key

    @property
    def key_id(self) -> bytes:
        """The 4 bytes that stand before each signature of this key."""
        return sha256(f"{self.name}\n".encode() + self._typed).digest()[:KEY_ID_BYTES]

    @property
    def text(self) -> str:
        """The key as one line, without a newline."""
        return f"{self.name}+{self.key_id.hex()}+{to_base64(self._typed)}"

    @property
    def _typed(self) -> bytes:
        return bytes([self.type]) + self.public_key
