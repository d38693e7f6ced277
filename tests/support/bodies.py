"""Bodies of requests, read as every function of the API reads them."""

from __future__ import annotations

from indelible.web.request import Headers, parse_json, plain_body


def read_body(body: str | None, headers: Headers, *, is_base64: bool) -> object:
    """The JSON value of a body. MalformedBody or PayloadTooLarge if it has none."""
    return parse_json(plain_body(body, headers, is_base64=is_base64))
