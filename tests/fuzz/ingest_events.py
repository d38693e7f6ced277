"""The events that an invocation of ingest holds, and what must be true of their receipts."""

from __future__ import annotations

import base64
import binascii
import json
import math
from codecs import BOM_UTF8
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from indelible.bounded_inflate import gunzip
from indelible.encoding import MAX_DIGITS
from indelible.errors import Unreadable
from indelible.ingest.batch import MEDIA_TYPES_OF_LINES
from indelible.web.request import media_type
from support.repeated_names import Pairs, read_pairs, repeated_in

GZIP_MAGIC = b"\x1f\x8b"
Event = dict[str, Any]
Answer = dict[str, Any]


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


def check_repeated_names(event: Event, answer: Answer) -> None:
    """The standard library finds the names that are given twice in an event."""
    for each, receipt in _with_receipts(event, answer, read_pairs):
        twice = [
            each["field"]
            for each in receipt.get("errors", ())
            if each["message"].startswith("is given twice")
        ]
        repeated = isinstance(each, Pairs) and repeated_in(each)
        assert receipt["status"] == "invalid" or not repeated, "a name given twice was dropped"
        assert repeated or not twice, "a name was given once"


def check_numbers(event: Event, answer: Answer) -> None:
    """No queued event has a number that readers would change, in the text that was sent."""
    for each, receipt in _with_receipts(event, answer, _read_decimals):
        if receipt["status"] != "invalid":
            assert all(map(_is_kept, _decimals_in(each))), "a number was changed"


def _submitted(event: Event, read: Callable[[str], Any]) -> list[Any] | None:
    """The events in a body, as `read` reads JSON; None for a line that is not JSON.

    None in all if the body is larger than `plain_body` unpacks, or deeper than this can read.
    """
    plain = plain_body(event).removeprefix(BOM_UTF8)
    if plain.startswith(GZIP_MAGIC):
        return None
    if event["resource"] == "/v1/events":  # the path is the client's
        value = _read_or_none(plain, read)
        return None if value is None else [value]
    if media_type(event["multiValueHeaders"]) in MEDIA_TYPES_OF_LINES:
        lines = filter(lambda each: each.strip(b" \t\r\n"), plain.split(b"\n"))
        return [_read_or_none(line, read) for line in lines]
    value = _read_or_none(plain, read)
    if isinstance(value, Pairs):
        value = dict(value.pairs)
    events: list[Any] | None = value["events"] if isinstance(value, dict) else value
    return events


def _read_or_none(plain: bytes, read: Callable[[str], Any]) -> Any:
    try:
        return read(plain.decode())
    except (ValueError, RecursionError):
        return None


def _with_receipts(
    event: Event, answer: Answer, read: Callable[[str], Any]
) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Each event with its receipt, if the answer has receipts and the events can be read here."""
    response = json.loads(answer["body"] or "{}")
    receipts = [response] if "status" in response else response.get("events")
    if not receipts:
        return
    submitted = _submitted(event, read)
    if submitted is not None:
        yield from zip(submitted, receipts, strict=True)


def _read_decimals(text: str) -> Any:
    return json.loads(text, parse_float=Decimal, parse_constant=Decimal)


def _decimals_in(value: object) -> Iterator[Decimal]:
    """The numbers with a fraction or an exponent."""
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _decimals_in(inner)
    elif isinstance(value, Decimal):
        yield value


def _is_kept(number: Decimal) -> bool:
    if not number.is_finite():
        return False
    digits = "".join(map(str, number.as_tuple().digits)).strip("0")
    return (
        len(digits) <= MAX_DIGITS and math.isfinite(number) and bool(float(number)) == bool(number)
    )
