"""Requests: from what a gateway hands over to the key and the events in it."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from typing import NoReturn

import msgspec

from ..bounded_inflate import GZIP, inflate
from ..errors import (
    MalformedBody,
    Oversized,
    PayloadTooLarge,
    Unauthenticated,
    Unreadable,
)

MAX_BODY_BYTES = 4 * 1024 * 1024
"""Decompressed. Lambda takes 6 MB, and the gateway hands the body over in base64."""

_MOST_DIGITS = 1_000
_GZIP_MAGIC = b"\x1f\x8b"
_decode = msgspec.json.Decoder().decode

Headers = Mapping[str, Sequence[str]]


def header_values(headers: Headers, name: str) -> list[str]:
    """Every value of a header, whatever the case of its name (RFC 9110, section 5.1)."""
    return [value for key, values in headers.items() if key.lower() == name for value in values]


def bearer_token(headers: Headers) -> str:
    """The API key of the one Authorization header. Unauthenticated when it is not just that."""
    values = header_values(headers, "authorization")
    if len(values) != 1:
        raise Unauthenticated
    scheme, _, token = values[0].strip().partition(" ")
    if scheme.lower() != "bearer":
        raise Unauthenticated
    return token.strip()


def read_body(body: str | None, headers: Headers, *, is_base64: bool) -> object:
    """The JSON value of a body. MalformedBody or PayloadTooLarge say what is wrong with it."""
    return parse_json(_plain_body(body or "", headers, is_base64=is_base64))


def _plain_body(body: str, headers: Headers, *, is_base64: bool) -> bytes:
    try:
        plain = (
            base64.b64decode(body, validate=True) if is_base64 else body.encode(errors="replace")
        )
    except ValueError:
        raise MalformedBody("The body is not the base64 it is said to be.") from None
    encodings = [value.strip().lower() for value in header_values(headers, "content-encoding")]
    if encodings not in ([], ["gzip"], ["identity"]):
        raise MalformedBody("Content-Encoding must be gzip, or absent.")
    # A gateway may have decompressed the body already and left the header.
    if encodings == ["gzip"] and plain.startswith(_GZIP_MAGIC):
        plain = _gunzip(plain)
    if len(plain) > MAX_BODY_BYTES:
        raise _too_large()
    return plain


def _gunzip(compressed: bytes) -> bytes:
    try:
        return inflate(compressed, MAX_BODY_BYTES, GZIP)
    except Oversized:
        raise _too_large() from None
    except Unreadable:
        raise MalformedBody("The body is not the gzip it is said to be.") from None


def _too_large() -> PayloadTooLarge:
    return PayloadTooLarge(f"The body must be at most {MAX_BODY_BYTES} bytes; send fewer events.")


def parse_json(plain: bytes) -> object:
    """The value of a JSON text. MalformedBody when it is none.

    What is grammatical but cannot be carried (an unpaired surrogate, 1e400) is let through by the
    standard library's reader, so that it makes one event invalid and not the whole request.
    """
    if not plain.strip():
        raise MalformedBody("The body is empty; send a JSON object.")
    try:
        return _decode(plain)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        pass
    except RecursionError:
        raise MalformedBody("The body is nested too deeply.") from None
    try:
        return json.loads(plain.decode(), parse_constant=_refuse_constant, parse_int=_read_integer)
    except ValueError as error:
        raise MalformedBody(f"The body is not JSON: {_position(error)}") from None
    except RecursionError:
        raise MalformedBody("The body is nested too deeply.") from None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def _read_integer(digits: str) -> int:
    """The number, or of one too long for Python another that no event may have either."""
    return int(digits[:_MOST_DIGITS])


def _position(error: ValueError) -> str:
    if isinstance(error, UnicodeDecodeError):
        return f"not UTF-8 at byte {error.start}."
    return f"{error}."
