"""What a client sent to ingest, read from the invocation."""

from __future__ import annotations

import base64
import binascii
import json
from codecs import BOM_UTF8
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from indelible.bounded_inflate import gunzip
from indelible.errors import Unreadable
from indelible.ingest.batch import MEDIA_TYPES_OF_LINES
from indelible.web.request import media_type
from support.repeated_names import read_pairs

Event = dict[str, Any]


def plain_body(event: Event) -> bytes:
    """The body that the client wanted to send, as far as it can be recovered."""
    body = (event["body"] or "").encode(errors="replace")
    if event["isBase64Encoded"]:
        try:
            body = base64.b64decode(body)
        except binascii.Error:
            return body
    try:
        return gunzip(body, 100_000)
    except Unreadable:
        return body


def has_lines(event: Event) -> bool:
    """Whether the body has an event on each line. Only that of a batch may."""
    is_single = event["resource"] == "/v1/events"  # the path is the client's
    return not is_single and media_type(event["multiValueHeaders"]) in MEDIA_TYPES_OF_LINES


def values_in(plain: bytes, event: Event) -> Any:
    """The JSON values in a body, with every name in it; for lines, None where one is not JSON."""
    plain = plain.removeprefix(BOM_UTF8)
    if not has_lines(event):
        return read_pairs(plain.decode())
    values: list[Any] = []
    for line in filter(lambda each: each.strip(b" \t\r\n"), plain.split(b"\n")):
        try:
            values.append(read_pairs(line.decode()))
        except (ValueError, RecursionError):
            values.append(None)
    return values


def decimals_of(text: str, event: Event) -> list[Any]:
    """The events of a batch, with decimals for the numbers that have a fraction or an exponent."""

    def read(each: str) -> Any:
        return json.loads(each, parse_float=Decimal, parse_constant=Decimal)

    if not has_lines(event):
        value = read(text)
        return [*(value if isinstance(value, list) else value["events"])]
    events: list[Any] = []
    for line in filter(lambda each: each.strip(" \t\r\n"), text.split("\n")):
        try:
            events.append(read(line))
        except (ValueError, RecursionError):
            events.append(None)  # a line that is not JSON
    return events


def decimals_in(value: object) -> Iterator[Decimal]:
    """The numbers with a fraction or an exponent."""
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from decimals_in(inner)
    elif isinstance(value, Decimal):
        yield value
