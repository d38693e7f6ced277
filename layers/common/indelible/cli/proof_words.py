"""Words that all commands about checkpoints and proofs share."""

from __future__ import annotations

from hashlib import sha256

from ..times import SECOND, format_time
from ..tlog.keys import VerifierKey


def format_seconds(seconds: int) -> str:
    """A time in whole seconds, such as `2026-11-23T20:23:08Z`. Its number after the year 9999."""
    try:
        return f"{format_time(seconds * SECOND)[: len('yyyy-mm-ddThh:mm:ss')]}Z"
    except OverflowError:  # a witness may write any time
        return f"second {seconds}"


def key_as_json(key: VerifierKey) -> dict[str, object]:
    """A key with its fingerprint, the SHA-256 of its 32 bytes."""
    return {"name": key.name, "vkey": key.text, "sha256": sha256(key.public_key).hexdigest()}
