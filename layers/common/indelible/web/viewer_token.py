"""Requests for viewer tokens: reads the body, and decides whether its sender may have the token."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ..accounts.keys import VIEWER_OF_ALL
from ..accounts.viewer_token import (
    LONGEST,
    MAX_CHARACTERS,
    SHORTEST,
    USUAL,
    TokenKey,
    ViewerToken,
    may_make,
    write_token,
)
from ..chain.fields import text_of_id
from ..errors import ValidationFailed
from ..identifiers import UUID_ENTROPY_BYTES, uuid7
from ..matching.metadata import MAX_SHOWN
from ..matching.values import refuse_text
from ..times import MILLISECOND, SECOND

if TYPE_CHECKING:
    from ..accounts.caller import Caller

_FILTERS = ("tenant_id", "actor_id")


def read_token_request(
    caller: Caller, body: object, now: int, entropy: Callable[[int], bytes]
) -> ViewerToken:
    """The token that a body `{"tenant_id": ..., "actor_id": ..., "ttl": ...}` asks for.

    `now` is in microseconds. Null and the empty string are refused: a value that is missing by
    mistake must not open what it was to close. The empty array means the empty object, because PHP
    sends it. ValidationFailed if the body is not valid, or the key may not make such a token.
    """
    fields = {} if body == [] else body
    if not isinstance(fields, dict):
        raise ValidationFailed("The body must be a JSON object.")
    for unknown in sorted(fields.keys() - {*_FILTERS, "ttl"}):
        raise ValidationFailed(f"A viewer token has no {unknown[:MAX_SHOWN]!r}.")
    filters = {name: _read_id(name, fields[name]) for name in _FILTERS if name in fields}
    if not may_make(caller.scopes, filters):
        raise ValidationFailed(
            "Name the `tenant_id` or the `actor_id` whose events the token shows. Without them it "
            f"would show all events, and the API key lacks the scope {VIEWER_OF_ALL}."
        )
    issued_at = now // SECOND
    return ViewerToken(
        id=uuid7(now // MILLISECOND, entropy(UUID_ENTROPY_BYTES)),
        key_prefix=caller.key_prefix,
        workspace_id=caller.workspace_id,
        filters=filters,
        issued_at=issued_at,
        expires_at=issued_at + _read_ttl(fields.get("ttl", USUAL)),
    )


def _read_id(name: str, value: object) -> str:
    """The text of an id, of which an integer is one too, as in an event."""
    text = text_of_id(value)
    if not isinstance(text, str):
        raise ValidationFailed(f"`{name}` must be a string, or an integer of at most 64 bits.")
    refuse_text(name, text)
    return text


def _read_ttl(value: object) -> int:
    # A boolean is an int in Python, but its type is another.
    if type(value) is not int or not SHORTEST <= value <= LONGEST:
        raise ValidationFailed(f"`ttl` must be a whole number of seconds, {SHORTEST} to {LONGEST}.")
    return value


def token_answer(token: ViewerToken, issuer: str, key: TokenKey) -> dict[str, object]:
    """The answer with a token. Clients of the hosted API read it under either name."""
    text = write_token(token, issuer, key)
    if len(text) > MAX_CHARACTERS:
        raise ValidationFailed("`tenant_id` and `actor_id` are too long for a token.")
    return {"token": text, "viewer_token": text, "expires_at": token.expires_at}
