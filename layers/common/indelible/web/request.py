"""Requests: reads the headers and the JSON value of a request from API Gateway."""

from __future__ import annotations

import base64
import json
import re
from codecs import BOM_UTF8
from collections.abc import Mapping, Sequence

import msgspec

from ..bounded_inflate import gunzip
from ..encoding import read_integer, read_number
from ..errors import (
    MalformedBody,
    Oversized,
    PayloadTooLarge,
    Unauthenticated,
    Unreadable,
    ValidationFailed,
)
from ..json_names import make_object
from .json_words import words_for

MAX_BODY_BYTES = 4 * 1024 * 1024
"""Maximum size of a body after decompression. Lambda accepts 6 MB, with the body in base64."""

MAX_KEY = 255
"""Maximum characters of the header Idempotency-Key."""

_UNSENDABLE = re.compile("[\\x00-\\x1f\\x7f-\\x9f\\ud800-\\udfff]")
"""Control characters, which no header may have, and surrogates, which no text may have."""

_GZIP_NAMES = (["gzip"], ["x-gzip"])
"""RFC 9110, section 8.4.1.3: a recipient treats x-gzip as gzip."""

_GZIP_MAGIC = b"\x1f\x8b"
_decode = msgspec.json.Decoder(float_hook=read_number).decode
_encode = msgspec.json.Encoder(enc_hook=float).encode  # of ChangedNumber

Headers = Mapping[str, Sequence[str]]


def header_values(headers: Headers, name: str) -> list[str]:
    """Every value of a header, whatever the case of its name (RFC 9110, section 5.1)."""
    return [value for key, values in headers.items() if key.lower() == name for value in values]


def bearer_token(headers: Headers) -> str:
    """The API key of the Authorization header. Unauthenticated unless there is exactly one."""
    values = header_values(headers, "authorization")
    if len(values) != 1:
        raise Unauthenticated
    scheme, _, token = values[0].strip().partition(" ")
    if scheme.lower() != "bearer":
        raise Unauthenticated
    return token.strip()


def idempotency_key(headers: Headers) -> str | None:
    """The idempotency key of the request, if it has one. ValidationFailed unless it is valid."""
    values = header_values(headers, "idempotency-key")
    if not values:
        return None
    if len(values) > 1:
        raise ValidationFailed("The header Idempotency-Key may be sent only once.")
    key = values[0].strip(" \t")
    if not 1 <= len(key) <= MAX_KEY:
        raise ValidationFailed(
            f"The header Idempotency-Key must have 1 to {MAX_KEY} characters, not {len(key)}."
        )
    if _UNSENDABLE.search(key):
        raise ValidationFailed("The header Idempotency-Key must not have control characters.")
    return key


def media_type(headers: Headers) -> str:
    """The media type of the body in lower case, without parameters; empty if it is not given."""
    values = header_values(headers, "content-type") or [""]
    return values[-1].partition(";")[0].strip().lower()


def plain_body(body: str | None, headers: Headers, *, is_base64: bool) -> bytes:
    """A body after decompression, without the byte order mark that it may begin with.

    Raises MalformedBody or PayloadTooLarge.
    """
    return _unpacked(body or "", headers, is_base64=is_base64).removeprefix(BOM_UTF8)


def _unpacked(body: str, headers: Headers, *, is_base64: bool) -> bytes:
    try:
        plain = (
            base64.b64decode(body, validate=True) if is_base64 else body.encode(errors="replace")
        )
    except ValueError:
        raise MalformedBody("The body is not valid base64.") from None
    encodings = [value.strip().lower() for value in header_values(headers, "content-encoding")]
    if encodings not in ([], ["identity"], *_GZIP_NAMES):
        raise MalformedBody("Content-Encoding must be gzip, or absent.")
    if plain.startswith(_GZIP_MAGIC) and encodings not in _GZIP_NAMES:
        raise MalformedBody("The body is gzipped. Send the header `Content-Encoding: gzip` too.")
    # A gateway may have decompressed the body and kept the header.
    if encodings in _GZIP_NAMES and plain.startswith(_GZIP_MAGIC):
        plain = _gunzip(plain)
    if len(plain) > MAX_BODY_BYTES:
        raise _too_large()
    return plain


def _gunzip(compressed: bytes) -> bytes:
    try:
        return gunzip(compressed, MAX_BODY_BYTES)
    except Oversized:
        raise _too_large() from None
    except Unreadable:
        raise MalformedBody("The body is not valid gzip, but Content-Encoding is gzip.") from None


def _too_large() -> PayloadTooLarge:
    return PayloadTooLarge(f"The body must be at most {MAX_BODY_BYTES} bytes; send fewer events.")


def parse_json(plain: bytes) -> object:
    """The value of a JSON text. MalformedBody if it is not JSON.

    Some texts cannot be stored exactly, and make one event invalid and not the whole request: an
    unpaired surrogate, NaN, or a name given twice in one object. The standard library reads these.
    An object in which a name is given twice becomes RepeatedNames, and a number that reading
    changes becomes ChangedNumber, NaN or infinite.
    """
    if not plain.strip():
        raise MalformedBody("The body is empty; send a JSON object.")
    try:
        value = _decode(plain)
        if not _repeats_names(plain, value):
            return value
    except (msgspec.MsgspecError, UnicodeDecodeError):
        pass
    except RecursionError:
        raise MalformedBody("The body is nested too deeply.") from None
    try:
        return json.loads(
            plain.decode(),
            parse_float=read_number,
            parse_int=read_integer,
            object_pairs_hook=make_object,
        )
    except ValueError as error:
        raise MalformedBody(words_for(error)) from None
    except RecursionError:
        raise MalformedBody("The body is nested too deeply.") from None


def _repeats_names(plain: bytes, value: object) -> bool:
    """Whether an object in a JSON text has a name twice, when `value` is what msgspec reads there.

    msgspec keeps one of the values. The other one is lost, and with it at least the two quotation
    marks of its name. Encoding the value shows that. Nothing else changes the number of quotation
    marks, because msgspec escapes the one in a string as `\\"`. A text may also have `\\u0022`.
    """
    marks = plain.count(b'"')
    if b"\\u0022" in plain:
        marks += plain.replace(b"\\\\", b"").count(b"\\u0022")
    return marks != _encode(value).count(b'"')
