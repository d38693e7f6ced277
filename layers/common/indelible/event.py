"""Events: what a client submits, validated one by one."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any, Required

import msgspec
from pydantic import (
    AfterValidator,
    ConfigDict,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    with_config,
)
from pydantic_core import ErrorDetails, PydanticCustomError
from typing_extensions import TypedDict

from .message import MAX_DEPTH, MAX_EVENT_BYTES
from .receipt import FieldError
from .times import format_time, parse_iso_8601

MAX_METADATA_BYTES = 64 * 1024
MAX_METADATA_KEYS = 50
SMALLEST_INTEGER, LARGEST_INTEGER = -(2**63), 2**64 - 1
"""What 64 bits hold, signed or not: no reader of the log has to round a number."""

_encode = msgspec.json.Encoder().encode


def _check_metadata(value: dict[str, object]) -> dict[str, object]:
    if len(value) > MAX_METADATA_KEYS:
        raise PydanticCustomError("keys", f"must have at most {MAX_METADATA_KEYS} keys")
    return value


def _in_utc(value: str) -> str:
    try:
        return format_time(parse_iso_8601(value))
    except ValueError as error:
        raise PydanticCustomError("time", str(error)) from None


NonEmpty = Annotated[str, StringConstraints(min_length=1)]
Metadata = Annotated[dict[str, Any], AfterValidator(_check_metadata)]


_STRICT = ConfigDict(strict=True, extra="forbid")


@with_config(_STRICT)
class Target(TypedDict, total=False):
    """Something else the action touched."""

    type: Required[NonEmpty]
    id: str | None
    name: str | None
    metadata: Metadata | None


@with_config(_STRICT)
class Event(TypedDict, total=False):
    """The fields a client may send; openapi.yaml says what each means."""

    actor_id: Required[NonEmpty]
    action: Required[NonEmpty]
    actor_name: str | None
    actor_type: str | None
    action_category: str | None
    resource: str | None
    resource_id: str | None
    resource_name: str | None
    metadata: Metadata | None
    targets: list[Target] | None
    occurred_at: Annotated[str, AfterValidator(_in_utc)] | None
    session_id: str | None
    tenant_id: str | None
    idempotency_key: Annotated[str, StringConstraints(min_length=1, max_length=512)] | None
    version: int | None
    ip_address: str | None
    user_agent: str | None


_MORE_THAN_TEXT = {"metadata", "targets", "version"}
"""The fields in which numbers and nesting can be that not every reader of JSON can carry."""

_validate = TypeAdapter(Event).validator.validate_python


@dataclass(frozen=True, slots=True)
class ValidEvent:
    """An event that can be chained: its fields as compact JSON, and the key that names it."""

    fields: bytes
    idempotency_key: str | None


def validate(submitted: object) -> ValidEvent | tuple[FieldError, ...]:
    """The event, or everything that is wrong with it; never an exception.

    Fields are kept as submitted, but that null fields are left out and `occurred_at` is written
    in UTC.
    """
    if not isinstance(submitted, dict):
        return (FieldError("", "must be a JSON object"),)
    try:
        event = _validate(submitted)
    except ValidationError as error:
        return tuple(_field_error(detail) for detail in error.errors(include_url=False))
    checked: dict[str, Any] = {**event}
    fields = {name: checked[name] for name in submitted if checked[name] is not None}
    numbers_in = [fields[name] for name in _MORE_THAN_TEXT & fields.keys()]
    encoded = _encode_exactly(fields) if _fits(numbers_in, MAX_DEPTH - 1) else None
    if encoded is None:
        problem = _uncarriable(fields, "", MAX_DEPTH)
        return (problem or FieldError("", "cannot be carried exactly"),)
    if problem := _oversized(fields, len(encoded)):
        return (problem,)
    return ValidEvent(encoded, fields.get("idempotency_key"))


def _field_error(detail: ErrorDetails) -> FieldError:
    field = ".".join(_printable(str(part)) for part in detail["loc"])
    if detail["type"] == "extra_forbidden":
        return FieldError(field, "is not a field of an event; put your own data in metadata")
    if detail["type"] == "missing":
        return FieldError(field, "is required")
    message = detail["msg"].removeprefix("Input ").removeprefix("String ")
    return FieldError(field, message[0].lower() + message[1:])


def _fits(values: Iterable[Any], depth: int) -> bool:
    """Whether every reader of JSON can carry the numbers and the nesting in these values."""
    for value in values:
        kind = type(value)  # JSON has no subclasses
        if kind is int:
            fits = SMALLEST_INTEGER <= value <= LARGEST_INTEGER
        elif kind is float:
            fits = math.isfinite(value)
        elif kind is dict:
            fits = depth > 0 and _fits(value.values(), depth - 1)
        elif kind is list:
            fits = depth > 0 and _fits(value, depth - 1)
        else:
            continue
        if not fits:
            return False
    return True


def _encode_exactly(fields: dict[str, Any]) -> bytes | None:
    """The fields as compact JSON; None when a text has an unpaired surrogate."""
    try:
        return _encode(fields)
    except UnicodeEncodeError:
        return None


def _uncarriable(value: object, path: str, depth: int) -> FieldError | None:
    """The first value that not every reader of JSON can carry exactly, if there is one."""
    match value:
        case str():
            if not value.isascii() and _printable(value) != value:
                return FieldError(path, "must not contain an unpaired surrogate")
        case bool() | None:
            pass
        case int():
            if not SMALLEST_INTEGER <= value <= LARGEST_INTEGER:
                return FieldError(path, "must fit in 64 bits; send larger numbers as strings")
        case float():
            if not math.isfinite(value):
                return FieldError(path, "must be a finite number")
        case dict() | list():
            if depth == 0:
                return FieldError(path, f"must be nested at most {MAX_DEPTH} levels deep")
            return _uncarriable_item(value, path, depth)
    return None


def _uncarriable_item(
    value: dict[str, object] | list[object], path: str, depth: int
) -> FieldError | None:
    if isinstance(value, dict):
        for name in value:
            if not name.isascii() and (problem := _uncarriable(name, path, depth)):
                return problem
        items: Iterable[tuple[object, object]] = value.items()
    else:
        items = enumerate(value)
    for key, item in items:
        if isinstance(item, str) and item.isascii():
            continue  # nearly every value of nearly every event
        inner = _printable(f"{path}.{key}" if path else str(key))
        if problem := _uncarriable(item, inner, depth - 1):
            return problem
    return None


def _oversized(fields: dict[str, Any], size: int) -> FieldError | None:
    if size <= MAX_METADATA_BYTES:
        return None
    targets = enumerate(fields.get("targets", []))
    metadata = {f"targets.{index}.metadata": target.get("metadata") for index, target in targets}
    for path, value in {"metadata": fields.get("metadata"), **metadata}.items():
        if len(_encode(value)) > MAX_METADATA_BYTES:
            return FieldError(path, f"must be at most {MAX_METADATA_BYTES} bytes as JSON")
    if size > MAX_EVENT_BYTES:
        return FieldError("", f"must be at most {MAX_EVENT_BYTES} bytes as JSON")
    return None


def _printable(text: str) -> str:
    """The text with what UTF-8 cannot carry replaced, for use in messages and comparisons."""
    return text.encode("utf-8", "replace").decode()
