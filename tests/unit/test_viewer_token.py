"""Viewer tokens: only what this API has made is accepted, and only while it lives."""

from __future__ import annotations

import hmac
import json
from dataclasses import dataclass, field, replace
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from indelible.accounts.keys import READ, VIEWER, VIEWER_OF_ALL, ApiKey
from indelible.accounts.viewer_token import (
    CLOCK_SECONDS,
    LONGEST,
    MAX_CHARACTERS,
    TokenKey,
    ViewerToken,
    check_maker,
    looks_like_token,
    read_token,
    write_token,
)
from indelible.accounts.workspace import Policy
from indelible.encoding import to_base64url
from indelible.errors import InvalidToken
from support.builders import KEY_PREFIX, WORKSPACE

API = "abcde12345"
NOW = 1_795_748_000
PRESENT = TokenKey("key-2", b"2" * 64, None)
PREVIOUS = TokenKey("key-1", b"1" * 64, NOW - 600)
TOKEN = ViewerToken("token-1", KEY_PREFIX, WORKSPACE, {"tenant_id": "acme"}, NOW, NOW + 3_600)
HEADERS = {"typ": "viewer+jwt", "kid": "key-2"}


@dataclass
class Keys:
    """`TokenKeys` with two versions. It keeps the ids that were looked for."""

    wanted: list[str] = field(default_factory=list)

    def present(self) -> TokenKey:
        return PRESENT

    def find(self, key_id: str) -> TokenKey | None:
        self.wanted.append(key_id)
        return {"key-1": PREVIOUS, "key-2": PRESENT}.get(key_id)


def read(text: str, *, issuer: str = API, now: int = NOW) -> ViewerToken:
    return read_token(text, issuer, Keys(), now)


def claims(**changed: object) -> dict[str, Any]:
    """The claims of TOKEN, with these changes; those that are None are left out."""
    whole = jwt.decode(write_token(TOKEN, API, PRESENT), options={"verify_signature": False})
    return {name: each for name, each in {**whole, **changed}.items() if each is not None}


def signed(payload: dict[str, Any], key: bytes = PRESENT.secret, **header: object) -> str:
    """A token as somebody with a key may make it, without a library that refuses to."""
    named = {"alg": "HS256", **HEADERS, **header}
    shown = {name: value for name, value in named.items() if value is not None}
    parts = (json.dumps(each, separators=(",", ":")).encode() for each in (shown, payload))
    text = ".".join(map(to_base64url, parts))
    digest = f"sha{str(named['alg'])[2:]}" if str(named["alg"]).startswith("HS") else "sha256"
    return f"{text}.{to_base64url(hmac.digest(key, text.encode(), digest))}"


@pytest.mark.parametrize(
    "filters",
    [{}, {"tenant_id": "acme"}, {"actor_id": "7"}, {"tenant_id": "Zoë\u202e", "actor_id": "💥"}],
)
def test_what_was_written_is_read_back(filters: dict[str, str]) -> None:
    token = replace(TOKEN, filters=filters)
    text = write_token(token, API, PRESENT)
    assert looks_like_token(text)
    assert read(text) == token


def test_a_page_can_read_whose_events_it_shows() -> None:
    text = write_token(TOKEN, API, PRESENT)
    assert jwt.get_unverified_header(text) == {**HEADERS, "alg": "HS256"}
    assert claims() == {
        "iss": API,
        "aud": "viewer",
        "sub": KEY_PREFIX,
        "jti": "token-1",
        "iat": NOW,
        "exp": NOW + 3_600,
        "ws": WORKSPACE,
        "tenant_id": "acme",
    }


@pytest.mark.parametrize("place", range(3))
def test_no_part_of_a_token_can_be_changed(place: int) -> None:
    parts = write_token(TOKEN, API, PRESENT).split(".")
    others = write_token(replace(TOKEN, filters={"tenant_id": "other"}), API, PREVIOUS).split(".")
    with pytest.raises(InvalidToken):
        read(".".join([*parts[:place], others[place], *parts[place + 1 :]]))


def test_every_changed_character_is_noticed() -> None:
    text = write_token(TOKEN, API, PRESENT)
    for place, letter in enumerate(text[:-1]):  # some bits of the last letter mean nothing
        for other in {"A", "_", "."} - {letter}:
            with pytest.raises(InvalidToken):
                read(text[:place] + other + text[place + 1 :])


def test_a_token_without_a_signature_is_refused() -> None:
    _, payload, _ = write_token(TOKEN, API, PRESENT).split(".")
    for algorithm in ("none", "None", "NONE", ""):
        header = b'{"typ":"viewer+jwt","alg":"%b","kid":"key-2"}' % algorithm.encode()
        with pytest.raises(InvalidToken):
            read(f"{to_base64url(header)}.{payload}.")


@pytest.mark.parametrize("algorithm", ["HS384", "HS512"])
def test_another_algorithm_is_refused_even_with_the_right_secret(algorithm: str) -> None:
    with pytest.raises(InvalidToken, match="header"):
        read(signed(claims(), alg=algorithm))


def test_a_token_is_never_checked_with_a_public_key() -> None:
    """Signed with RSA, or with HMAC over the public key of an RSA key that the header names."""
    private = generate_private_key(65537, 2048)
    public = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    for text in (
        jwt.encode(claims(), private, "RS256", headers=HEADERS),
        signed(claims(), public),
        signed(claims(), public, alg="RS256"),
        signed(claims(), public, jwk={"kty": "RSA"}),
        signed(claims(), jku="https://attacker.example/keys"),
        signed(claims(), crit=["exp"]),
    ):
        with pytest.raises(InvalidToken):
            read(text)


@pytest.mark.parametrize(
    "header", [{"typ": "JWT"}, {"typ": None}, {"kid": "key-3"}, {"kid": None}, {"extra": "1"}]
)
def test_a_header_that_is_not_ours_is_refused(header: dict[str, Any]) -> None:
    assert read(signed(claims()))
    with pytest.raises(InvalidToken):
        read(signed(claims(), **header))


def test_an_id_of_a_key_never_belongs_to_another_key() -> None:
    with pytest.raises(InvalidToken):
        read(signed(claims(), PREVIOUS.secret))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("iss", "other12345"),
        ("iss", [API]),
        ("aud", "api"),
        ("aud", ["viewer", "api"]),
        ("aud", ["viewer"]),
        ("exp", "tomorrow"),
        ("exp", NOW + 0.5),
        ("iat", True),
        ("tenant_id", 7),
        ("tenant_id", ["acme", "other"]),
        ("sub", 7),
    ],
)
def test_a_claim_that_is_not_ours_is_refused(name: str, value: object) -> None:
    assert read(signed(claims()))
    with pytest.raises(InvalidToken):
        read(signed(claims(**{name: value})))


@pytest.mark.parametrize("name", ["iss", "aud", "sub", "jti", "iat", "exp", "ws"])
def test_no_claim_can_be_missing(name: str) -> None:
    with pytest.raises(InvalidToken):
        read(signed(claims(**{name: None})))


def test_a_token_of_another_api_is_refused() -> None:
    with pytest.raises(InvalidToken):
        read(write_token(TOKEN, "other12345", PRESENT))


def test_a_token_ends_in_the_second_in_which_it_expires() -> None:
    text = write_token(TOKEN, API, PRESENT)
    assert read(text, now=NOW + 3_599)
    with pytest.raises(InvalidToken, match="expired"):
        read(text, now=NOW + 3_600)


def test_the_clock_that_dated_a_token_may_be_a_minute_ahead() -> None:
    text = write_token(TOKEN, API, PRESENT)
    assert read(text, now=NOW - CLOCK_SECONDS)
    with pytest.raises(InvalidToken, match="future"):
        read(text, now=NOW - CLOCK_SECONDS - 1)


def test_a_token_that_would_live_longer_than_a_day_is_refused() -> None:
    assert read(write_token(replace(TOKEN, expires_at=NOW + LONGEST), API, PRESENT))
    with pytest.raises(InvalidToken, match="too long"):
        read(write_token(replace(TOKEN, expires_at=NOW + LONGEST + 1), API, PRESENT))


def test_the_previous_secret_is_valid_only_for_tokens_that_it_may_have_signed() -> None:
    assert PREVIOUS.last_issued_at
    before = replace(TOKEN, issued_at=PREVIOUS.last_issued_at)
    assert read(write_token(before, API, PREVIOUS)) == before
    with pytest.raises(InvalidToken, match="replaced"):
        read(write_token(replace(before, issued_at=before.issued_at + 1), API, PREVIOUS))


@pytest.mark.parametrize(
    "text",
    [
        "eyJ..",
        "eyJ.eyJ.",
        f"{to_base64url(b'[' * 5_000)}.e30.",
        f"{to_base64url(b'[1]')}.e30.",
        f"{to_base64url(b'{}')}.e30.",
        "eyJ\ud800.e30.",
        f"eyJ{'A' * MAX_CHARACTERS}.e30.",
    ],
)
def test_whatever_else_is_sent_is_refused(text: str) -> None:
    with pytest.raises(InvalidToken):
        read(text)


def test_a_header_that_is_not_ours_makes_nobody_look_for_a_secret() -> None:
    keys = Keys()
    for text in ("eyJ..", signed(claims(), typ="JWT"), signed(claims(), alg="HS512")):
        with pytest.raises(InvalidToken):
            read_token(text, API, keys, NOW)
    assert keys.wanted == []


def test_no_api_key_looks_like_a_token() -> None:
    for text in ("imk_" + "x" * 48, "imk_a.b.c", "eyJ.eyJ", "eyJ.eyJ.e.30", ""):
        assert not looks_like_token(text)


def a_key(**changed: Any) -> ApiKey:
    scopes = frozenset({VIEWER})
    whole = ApiKey(KEY_PREFIX, WORKSPACE, bytes(32), "web", scopes, 0, None, Policy())
    return replace(whole, **changed)


def test_a_token_is_valid_while_its_key_may_make_such_a_token() -> None:
    of_all = replace(TOKEN, filters={})
    wide = a_key(scopes=frozenset({VIEWER_OF_ALL}))
    assert check_maker(TOKEN, a_key()) == a_key()
    assert check_maker(TOKEN, wide) == check_maker(of_all, wide) == wide
    for token, key in (
        (TOKEN, None),
        (TOKEN, a_key(revoked_at=1)),
        (TOKEN, a_key(workspace_id="ws_another")),
        (TOKEN, a_key(scopes=frozenset({READ}))),
        (of_all, a_key()),
    ):
        with pytest.raises(InvalidToken):
            check_maker(token, key)
