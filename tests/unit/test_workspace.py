"""Workspaces: keys that only their owner has, and networks that are allowed."""

from __future__ import annotations

import re
from dataclasses import replace
from hashlib import sha256

import pytest
from indelible.accounts.keys import SCOPES, ApiKey, check_key, digest, new_secret, prefix_of
from indelible.accounts.limits import Limits
from indelible.accounts.workspace import Policy
from indelible.errors import Forbidden, Unauthenticated
from support.memory import MemoryKeys

SECRET = "imk_" + "Ab3" * 16


def a_key(secret: str = SECRET, revoked_at: int | None = None) -> ApiKey:
    return ApiKey(
        prefix=secret[:20],
        workspace_id="ws_1",
        secret_sha256=sha256(secret.encode()).digest(),
        label="test",
        scopes=frozenset(SCOPES),
        created_at=0,
        revoked_at=revoked_at,
        policy=Policy(),
    )


def test_new_secrets_are_well_formed_and_distinct() -> None:
    made = {new_secret() for _ in range(100)}
    assert len(made) == 100
    assert len({prefix_of(each) for each in made}) == 100
    assert all(re.fullmatch(r"imk_[A-Za-z0-9]{48}", each) for each in made)


def test_a_prefix_is_20_characters_and_finds_the_key() -> None:
    assert prefix_of(SECRET) == SECRET[:20] == "imk_Ab3Ab3Ab3Ab3Ab3A"
    keys = MemoryKeys({SECRET[:20]: a_key()})
    assert check_key(SECRET, keys.find(prefix_of(SECRET))) == a_key()


def test_only_a_hash_is_stored() -> None:
    assert digest(SECRET) == sha256(SECRET.encode()).digest()
    assert SECRET not in repr(a_key())


@pytest.mark.parametrize(
    "secret",
    [
        "",
        "imk_",
        SECRET[:-1],
        SECRET + "a",
        SECRET + "\n",
        "IMK_" + "Ab3" * 16,
        "imk-" + "Ab3" * 16,
        "imk_" + "Ab-" * 16,
        "imk_" + "é" * 48,
        "imk_" + "\u0661" * 48,
        "imk_" + "\ud800" * 48,
        " " + SECRET,
    ],
)
def test_a_malformed_key_is_unauthenticated(secret: str) -> None:
    with pytest.raises(Unauthenticated):
        prefix_of(secret)


def test_every_invalid_key_gets_the_same_answer() -> None:
    other = SECRET[:-1] + "x"
    answers = []
    for secret, stored in [
        (SECRET, None),
        (other, a_key()),
        (SECRET, a_key(revoked_at=1)),
        (SECRET, replace(a_key(), secret_sha256=b"")),
        (SECRET, replace(a_key(), secret_sha256=digest(other))),
    ]:
        with pytest.raises(Unauthenticated) as refusal:
            check_key(secret, stored)
        answers.append(str(refusal.value))
    with pytest.raises(Unauthenticated) as refusal:
        prefix_of("imk_")
    assert {*answers, str(refusal.value)} == {answers[0]}


def test_no_key_matches_the_placeholder_digest_of_unknown_keys() -> None:
    with pytest.raises(Unauthenticated):
        check_key(SECRET, None)


@pytest.mark.parametrize(
    ("allowlist", "address", "admitted"),
    [
        ((), "203.0.113.9", True),
        ((), "2001:db8::1", True),
        (("203.0.113.0/24",), "203.0.113.9", True),
        (("203.0.113.0/24",), "203.0.114.9", False),
        (("203.0.113.9",), "203.0.113.9", True),
        (("203.0.113.9/32",), "203.0.113.8", False),
        (("198.51.100.0/24", "203.0.113.0/24"), "203.0.113.9", True),
        (("2001:db8::/32",), "2001:db8:1::1", True),
        (("2001:db8::/32",), "2001:db9::1", False),
        (("2001:db8::/32",), "203.0.113.9", False),
        (("203.0.113.0/24",), "2001:db8::1", False),
        (("0.0.0.0/0",), "2001:db8::1", False),
        (("0.0.0.0/0", "::/0"), "2001:db8::1", True),
        (("0.0.0.0/0", "::/0"), "test-invoke-source-ip", False),
        (("0.0.0.0/0", "::/0"), "", False),
        ((), "test-invoke-source-ip", True),
    ],
)
def test_an_allowlist_admits_its_networks_and_no_others(
    allowlist: tuple[str, ...], address: str, admitted: bool
) -> None:
    policy = Policy(allowlist=allowlist)
    if admitted:
        policy.admit(address)
    else:
        with pytest.raises(Forbidden, match="allowlist"):
            policy.admit(address)


def test_limits_have_sane_defaults() -> None:
    assert Policy().limits == Limits(6_000, 10_000_000, 134_217_728, 1_000)
