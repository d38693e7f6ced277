"""Cursors: the position where the next page begins. A cursor is valid only for its question."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from ..encoding import from_base64url, to_base64url
from ..errors import InvalidCursor
from ..signing import is_signed, sign

_SIGNATURE_BYTES = 32
_MAX_CHARACTERS = 1_024

PositionType = TypeVar("PositionType", bound=msgspec.Struct)


def write_cursor(key: bytes, question: object, position: msgspec.Struct) -> str:
    """A cursor, in URL-safe base64. `question` is the JSON value for which it is valid."""
    payload = msgspec.json.encode(position)
    signature = sign(key, "cursor", _signed(question, payload))
    return to_base64url(signature + payload)


def read_cursor(key: bytes, question: object, text: str, kind: type[PositionType]) -> PositionType:
    """The position in a cursor. InvalidCursor unless `write_cursor` made it for this question."""
    if len(text) > _MAX_CHARACTERS:
        raise _refused()
    try:
        plain = from_base64url(text)
    except ValueError:
        raise _refused() from None
    signature, payload = plain[:_SIGNATURE_BYTES], plain[_SIGNATURE_BYTES:]
    if not is_signed(key, "cursor", _signed(question, payload), signature):
        raise _refused()
    try:
        return msgspec.json.decode(payload, type=kind)
    except msgspec.MsgspecError:
        raise _refused() from None


def _signed(question: object, payload: bytes) -> bytes:
    return msgspec.json.encode(question, order="deterministic") + b"\n" + payload


def _refused() -> InvalidCursor:
    return InvalidCursor(
        "The cursor does not belong to this workspace and these filters. Start again without it."
    )
