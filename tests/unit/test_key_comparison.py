"""Comparing API keys takes a time that depends on no byte of a secret.

This is shown by construction. The comparison has a single path, it compares hashes of one length,
and it uses the function made for comparing secrets.
"""

from __future__ import annotations

import hmac
from dataclasses import replace
from hashlib import sha256

import pytest
from indelible.accounts import keys
from indelible.accounts.keys import KEY_PREFIX_LENGTH, SCOPES, ApiKey, check_key, digest, prefix_of
from indelible.accounts.workspace import Policy
from indelible.errors import Unauthenticated
from support.builders import WORKSPACE

SECRET = "imk_" + "EXAMPLE1" * 6
STORED = ApiKey(
    SECRET[:20], WORKSPACE, digest(SECRET), "a key", frozenset(SCOPES), 0, None, Policy()
)
TRIED: dict[str, tuple[str, ApiKey | None]] = {
    "right": (SECRET, STORED),
    "revoked": (SECRET, replace(STORED, revoked_at=1)),
    "unknown": (SECRET, None),
    "wrong in its last letter": (SECRET[:-1] + "x", STORED),
    "wrong in its first": ("imk_x" + SECRET[5:], STORED),
    "wrong and revoked": (SECRET[:-1] + "x", replace(STORED, revoked_at=1)),
}


@pytest.mark.parametrize("name", TRIED)
def test_every_key_is_compared_once_and_as_a_hash(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[tuple[bytes, bytes]] = []

    def compare(ours: bytes, theirs: bytes) -> bool:
        compared.append((ours, theirs))
        return hmac.compare_digest(ours, theirs)

    spied = type("hmac", (), {"compare_digest": staticmethod(compare)})
    monkeypatch.setattr(keys, "hmac", spied)
    secret, stored = TRIED[name]
    is_accepted = True
    try:
        check_key(secret, stored)
    except Unauthenticated:
        is_accepted = False
    assert is_accepted == (name == "right")
    [(ours, theirs)] = compared
    assert ours == sha256(secret.encode()).digest()
    assert theirs == (stored.secret_sha256 if stored else bytes(32))


def test_the_prefix_that_finds_a_key_is_not_part_of_its_secret() -> None:
    """The look-up sees 16 of the 48 letters, and the same ones whatever the others are."""
    other = SECRET[:KEY_PREFIX_LENGTH] + "x" * 32
    assert prefix_of(other) == prefix_of(SECRET) == STORED.prefix
    assert len(other) == len(SECRET)
