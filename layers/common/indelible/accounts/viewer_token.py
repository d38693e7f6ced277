"""Viewer tokens: what a browser sends in place of an API key, to read what one tenant may see.

They are JSON Web Tokens (RFC 7519) that keep the rules of RFC 8725: one algorithm, a type of their
own, and an issuer, an audience and a key id that are all compared.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import msgspec

from ..errors import InvalidToken
from .keys import VIEWER, VIEWER_OF_ALL, ApiKey

SHORTEST, LONGEST, USUAL = 60, 86_400, 3_600
"""The lifetime of a token in seconds: the shortest, the longest, and the default."""

CLOCK_SECONDS = 60
"""How far the clock that dated a token may be ahead of the one that reads it."""

MAX_CHARACTERS = 8_000
"""Maximum length of a token. API Gateway takes headers of 10,240 bytes in all.

https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
"""

_ALGORITHM, _TYPE, _AUDIENCE = "HS256", "viewer+jwt", "viewer"
_BEGINNING = "eyJ"
"""The first letters of every JSON Web Token: `{"` in base64. No API key begins with them."""


@dataclass(frozen=True, slots=True)
class ViewerToken:
    """A token of a workspace, made with the key of this prefix. Times are Unix seconds.

    `filters` has the tenant or the actor, or both, whose events it shows. Without them it shows all
    events.
    """

    id: str
    key_prefix: str
    workspace_id: str
    filters: Mapping[str, str]
    issued_at: int
    expires_at: int


class TokenKey(NamedTuple):
    """A version of the secret that signs tokens. It signs none dated later than `last_issued_at`,
    in Unix seconds; None if it is the present version."""

    id: str
    secret: bytes
    last_issued_at: int | None


class TokenKeys(Protocol):
    """The versions of the secret: the present one, and those of which tokens may still live."""

    def present(self) -> TokenKey:
        """The version that signs. Unavailable when it cannot be read."""

    def find(self, key_id: str) -> TokenKey | None:
        """The version with this id. Unavailable when it cannot be read."""


class _Claims(msgspec.Struct, frozen=True):
    """The claims of a token. The viewer's page reads them too, so their names are fixed."""

    iss: str
    sub: str
    jti: str
    iat: int
    exp: int
    ws: str
    aud: str = _AUDIENCE
    tenant_id: str | None = None
    actor_id: str | None = None


def looks_like_token(credential: str) -> bool:
    """Whether what a request sends in place of a key is a token, valid or not."""
    return credential.startswith(_BEGINNING) and credential.count(".") == 2  # noqa: PLR2004


def write_token(token: ViewerToken, issuer: str, key: TokenKey) -> str:
    """The token as it is sent. `issuer` names the API that makes it. No other API accepts it."""
    # Imported here and below, because most invocations neither make nor read a token.
    import jwt  # noqa: PLC0415

    claims = _Claims(
        issuer,
        token.key_prefix,
        token.id,
        token.issued_at,
        token.expires_at,
        token.workspace_id,
        **token.filters,
    )
    named = {name: value for name, value in msgspec.to_builtins(claims).items() if value}
    return jwt.encode(named, key.secret, _ALGORITHM, headers={"typ": _TYPE, "kid": key.id})


def read_token(text: str, issuer: str, keys: TokenKeys, now: int) -> ViewerToken:
    """The token in a request that was received at `now` (Unix seconds).

    InvalidToken unless `write_token` made it for this issuer, and it has not expired. Whether its
    key is still valid is for `check_maker`.
    """
    import jwt  # noqa: PLC0415

    if len(text) > MAX_CHARACTERS:
        raise InvalidToken("it is too long")
    try:
        key = _key_of(jwt.get_unverified_header(text), keys)
        claims = jwt.decode(
            text,
            key.secret,
            [_ALGORITHM],
            # Times are compared below, with the clock of the gateway.
            {"verify_exp": False, "verify_iat": False, "strict_aud": True},
            audience=_AUDIENCE,
            issuer=issuer,
        )
        read = msgspec.convert(claims, _Claims)
    except (jwt.PyJWTError, msgspec.ValidationError, ValueError, RecursionError) as error:
        raise InvalidToken(type(error).__name__) from None
    _check_times(read, key, now)
    filters = {"tenant_id": read.tenant_id, "actor_id": read.actor_id}
    forced = {name: value for name, value in filters.items() if value is not None}
    return ViewerToken(read.jti, read.sub, read.ws, forced, read.iat, read.exp)


def _key_of(header: Mapping[str, object], keys: TokenKeys) -> TokenKey:
    """The key that a header names. InvalidToken unless it is exactly a header as we write it."""
    key_id = header.get("kid")
    if not isinstance(key_id, str) or header != {"alg": _ALGORITHM, "typ": _TYPE, "kid": key_id}:
        raise InvalidToken("its header is not one of ours")
    key = keys.find(key_id)
    if key is None:
        raise InvalidToken("its secret is not known, or no longer")
    return key


def _check_times(claims: _Claims, key: TokenKey, now: int) -> None:
    if now >= claims.exp:
        raise InvalidToken("it has expired")
    if claims.iat > now + CLOCK_SECONDS:
        raise InvalidToken("it is dated in the future")
    if claims.exp - claims.iat > LONGEST:
        raise InvalidToken("it would live too long")
    if key.last_issued_at is not None and claims.iat > key.last_issued_at:
        raise InvalidToken("it is dated after its secret was replaced")


def check_maker(token: ViewerToken, stored: ApiKey | None) -> ApiKey:
    """The key that made the token. InvalidToken unless it still may make such a token."""
    if stored is None or stored.workspace_id != token.workspace_id:
        raise InvalidToken("its key is not one of the workspace")
    if stored.revoked_at is not None:
        raise InvalidToken("its key is revoked")
    if not may_make(stored.scopes, token.filters):
        raise InvalidToken("its key has lost the scope")
    return stored


def may_make(scopes: frozenset[str], filters: Mapping[str, str]) -> bool:
    """Whether a key with these scopes may make a token that shows what these filters match."""
    return VIEWER_OF_ALL in scopes or (bool(filters) and VIEWER in scopes)
