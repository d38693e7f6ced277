"""Words: what a client reads about an event's error, in the terms of JSON.

Every message names what to do. The messages about times are in `times.py`, those about numbers and
nesting in `exactness.py`, and those about sizes in `sizes.py`.
"""

from __future__ import annotations

from difflib import get_close_matches

from pydantic_core import ErrorDetails

from ..chain.fields import EVENT_FIELDS, ID_FIELDS, TARGET_ID_FIELDS, Target
from .exactness import BEYOND_64_BITS, UNPAIRED_SURROGATE
from .receipt import FieldError

NO_OBJECT = (
    'must be a JSON object, for example {"actor_id": "user_1", "action": "document.created"}'
)
NO_EVENTS = "must be a JSON object; send several events to /v1/events/batch"
GIVEN_TWICE = "is given twice; send each name once"
MORE_ERRORS = "has {count} more errors; correct the others first"
NO_TIME = "must be a string; send ISO 8601 text such as 2026-03-02T10:15:30Z"
NUMBER_AS_TIME = "is a number; send ISO 8601 text such as 2026-03-02T10:15:30Z"

BATCH = FieldError("events", "is not a field of an event; send several events to /v1/events/batch")
"""The one error of a batch in place of an event."""

_TARGET_FIELDS = frozenset(Target.__struct_fields__)
_LONGEST_FIELD = max(map(len, EVENT_FIELDS))
_OBJECT = 'must be an object, for example {"key": "value"}'
_NO_ARRAY = 'must be an object; name the values of the array, for example {"key": ["value"]}'
_TARGET = 'must be an object, for example {"type": "document", "id": "doc_1"}'

_MESSAGES = {
    "missing": "is required; add a string that is not empty",
    "string_too_short": "must not be empty; send at least one character",
    "string_unicode": UNPAIRED_SURROGATE,
    "int_type": "must be an integer; send it without quotes, fraction or exponent",
    "list_type": 'must be an array, for example [{"type": "document", "id": "doc_1"}]',
}
"""Messages by the type of pydantic's error. Errors of other types have words of their own."""


def message_of(detail: ErrorDetails) -> str:
    """The message about one of pydantic's errors, at most 200 characters."""
    place, value = detail["loc"], detail["input"]
    match detail["type"]:
        case "extra_forbidden":
            return _unknown(place, value)
        case "string_type":
            return _no_string(place, value)
        case "dict_type" if isinstance(place[-1], int):
            return _TARGET
        case "dict_type":
            return _NO_ARRAY if isinstance(value, list) else _OBJECT
        case "string_too_long":
            longest = detail["ctx"]["max_length"]
            return f"must have at most {longest} characters; send a hash of a longer text"
    return _MESSAGES.get(detail["type"], detail["msg"])


def _no_string(place: tuple[int | str, ...], value: object) -> str:
    is_id = place[-1] in (ID_FIELDS if len(place) == 1 else TARGET_ID_FIELDS)
    if value is None:
        return "must not be null, because it is required; send a string"
    if isinstance(value, dict | list):
        return "must be a string; put objects and arrays into metadata"
    if is_id and type(value) is int:  # those of 64 bits were accepted
        return BEYOND_64_BITS
    kinds = "a string or an integer" if is_id else "a string"
    return f"must be {kinds}; put the value in quotes"


def _unknown(place: tuple[int | str, ...], value: object) -> str:
    name, owner, fields = str(place[-1]), "an event", EVENT_FIELDS
    if len(place) > 1:
        owner, fields = "a target", _TARGET_FIELDS
    elif name == "events" and isinstance(value, list):
        return BATCH.message
    if near := _nearest(name, fields):
        return f"is not a field of {owner}; use {near}, or put the value into metadata"
    return f"is not a field of {owner}; put the value into metadata"


def _nearest(name: str, fields: frozenset[str]) -> str | None:
    """The field that somebody who wrote this name may mean: `actorId` is actor_id."""
    if len(name) > 2 * _LONGEST_FIELD:
        return None
    plain = {field.replace("_", ""): field for field in sorted(fields)}
    found = get_close_matches(_letters(name), plain, n=1, cutoff=0.8)
    return plain[found[0]] if found else None


def _letters(name: str) -> str:
    return "".join(filter(str.isalnum, name)).lower()
