"""Batches: the events in a body, which is an object with `events`, an array, or lines of JSON."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import islice
from typing import NamedTuple

from ..errors import MalformedBody, ValidationFailed
from ..json_names import RepeatedNames
from .receipt import FieldError

MAX_EVENTS = 100
"""Maximum events in an object with `events`."""

MAX_STREAMED = 1_000
"""Maximum events in an array or in lines. One segment holds as many records."""

MEDIA_TYPES_OF_LINES = frozenset(
    {"application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines"}
)
"""No such type is registered. Clients use all four."""

_LINE = re.compile(rb"[^ \t\r\n][^\n]*")
"""A line that is not blank, from its first character that is not a space."""

_EMPTY = "The body is empty; send one event on each line."
_MEANT_ONE_VALUE = (
    "The body is one JSON value, but its Content-Type says that each line is an event. Send the"
    " header `Content-Type: application/json`."
)
_MEANT_LINES = (
    "The body has several JSON values. To post one event on each line, send the header"
    " `Content-Type: application/x-ndjson` to /v1/events/batch."
)


class UnreadLine(NamedTuple):
    """A line that is not JSON. It takes the place of its event, which is invalid."""

    error: FieldError


def events_of(plain: bytes, media_type: str, parse: Callable[[bytes], object]) -> list[object]:
    """The events in the body of a batch, of which `parse` reads the JSON.

    Raises MalformedBody when it has no JSON, and ValidationFailed when it has no or too many
    events.
    """
    if media_type in MEDIA_TYPES_OF_LINES:
        return _events_in_lines(plain, parse)
    return batch_of(parse_value(plain, parse))


def parse_value(plain: bytes, parse: Callable[[bytes], object]) -> object:
    """The one JSON value of a body. MalformedBody says how to send several."""
    try:
        return parse(plain)
    except MalformedBody:
        if _is_lines(plain, parse):
            raise MalformedBody(_MEANT_LINES) from None
        raise


def _is_lines(plain: bytes, parse: Callable[[bytes], object]) -> bool:
    """Whether a body that is not JSON begins with an object on a line of its own."""
    lines = [found[0] for found in islice(_LINE.finditer(plain), 2)]
    if len(lines) < 2:  # noqa: PLR2004
        return False
    try:
        return isinstance(parse(lines[0]), dict)
    except MalformedBody:
        return False


def _events_in_lines(plain: bytes, parse: Callable[[bytes], object]) -> list[object]:
    """The event on each line. Blank lines are skipped, and an UnreadLine stands for a bad one."""
    found = [each.span() for each in islice(_LINE.finditer(plain), MAX_STREAMED + 1)]
    if not found:
        raise MalformedBody(_EMPTY)
    if _is_one_value(plain, found, parse):
        raise ValidationFailed(_MEANT_ONE_VALUE)
    if len(found) > MAX_STREAMED:
        raise ValidationFailed(
            f"The body must hold 1 to {MAX_STREAMED} events, one on each line; send more in several"
            " requests."
        )
    return [*_parse_lines(plain, found, parse)]


def _is_one_value(
    plain: bytes, found: list[tuple[int, int]], parse: Callable[[bytes], object]
) -> bool:
    """Whether a body that should have lines is one array, or one object with `events`."""
    first = plain[found[0][0] : found[0][1]]
    if not first.startswith(b"[") and (len(found) > 1 or b'"events"' not in first):
        return False
    try:
        value = parse(plain)
    except MalformedBody:
        return False
    return isinstance(value, list) or (isinstance(value, dict) and value.keys() == {"events"})


def _parse_lines(
    plain: bytes, places: list[tuple[int, int]], parse: Callable[[bytes], object]
) -> Iterator[object]:
    number, counted = 1, 0
    for start, end in places:
        number += plain.count(b"\n", counted, start)
        counted = start
        try:
            yield parse(plain[start:end])
        except MalformedBody as error:
            yield UnreadLine(FieldError("", _on_line(number, error)))


def _on_line(number: int, error: MalformedBody) -> str:
    """The message for a bad line. It names the line of the body, and the column in the line."""
    text = str(error).replace("The body", f"line {number}", 1)
    return text.replace(" at line 1, column ", " at column ", 1)


def batch_of(value: object) -> list[object]:
    """The events in a JSON value: an array of events, or an object whose `events` is one.

    ValidationFailed unless an array holds 1 to 1,000 events, or `events` 1 to 100.
    """
    if isinstance(value, list):
        return _bounded(value, "The array", MAX_STREAMED)
    if not isinstance(value, dict):
        raise ValidationFailed(
            "The body must be a JSON object with an array `events`, or an array."
        )
    if isinstance(value, RepeatedNames) and "events" in value.names:
        raise ValidationFailed("`events` is given twice. Send one array of events.")
    unknown = sorted(value.keys() - {"events"})
    if unknown:
        raise ValidationFailed(
            "The body must have `events` and no other field. Send a single event to /v1/events."
        )
    events = value.get("events")
    if not isinstance(events, list):
        raise ValidationFailed("`events` must be an array of 1 to 100 events.")
    return _bounded(events, "`events`", MAX_EVENTS)


def _bounded(events: list[object], what: str, at_most: int) -> list[object]:
    if not 1 <= len(events) <= at_most:
        more = "; send more in several requests" if events else ""
        raise ValidationFailed(f"{what} must hold 1 to {at_most} events, not {len(events)}{more}.")
    return events


def give_key(event: object, key: str) -> None:
    """Give one event the idempotency key of its request. ValidationFailed if it has another one."""
    if not isinstance(event, dict):
        return  # which is invalid anyway
    own = event.get("idempotency_key")
    if own is not None and own != key:
        raise ValidationFailed(
            "The header Idempotency-Key and the event's `idempotency_key` differ. Send one of them."
        )
    event["idempotency_key"] = key
