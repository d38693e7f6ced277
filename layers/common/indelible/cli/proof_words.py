"""Words that all commands about checkpoints and proofs share."""

from __future__ import annotations

from hashlib import sha256

from ..tlog.keys import VerifierKey


def key_as_json(key: VerifierKey) -> dict[str, object]:
    """A key with its fingerprint, the SHA-256 of its 32 bytes."""
    return {"name": key.name, "vkey": key.text, "sha256": sha256(key.public_key).hexdigest()}
