"""Events: what a client submits, validated one by one."""

from __future__ import annotations

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

from ..chain.fields import MAX_DEPTH, MAX_EVENT_BYTES
from ..times import format_time, parse_iso_8601
from .content import digest_content
from .exactness import are_exact, first_inexact, path_to
from .receipt import FieldError

MAX_METADATA_BYTES = 64 * 1024
MAX_METADATA_KEYS = 50
MOST_ERRORS = 20
"""That are told of one event: an answer has to stay below Lambda's 6 MB."""

_MOST_TARGETS = MAX_EVENT_BYTES // len('{"type":"t"},')
"""No more fit into an event. More are not looked at, for each could be an error: 4 MiB of `{}` took
1.3 GB to tell."""

_TOO_MANY = FieldError("targets", f"must be at most {_MOST_TARGETS}, for no more fit into an event")
_TOO_LARGE = FieldError("", f"must be at most {MAX_EVENT_BYTES} bytes as JSON")
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
    """An event that can be chained: its fields as compact JSON, and the key that names it.

    `content_sha256` is the digest of an event with a key (see `content.py`).
    """

    fields: bytes
    idempotency_key: str | None
    content_sha256: bytes | None = None


def validate(submitted: object) -> ValidEvent | tuple[FieldError, ...]:
    """The event, or everything that is wrong with it; never an exception.

    Fields are kept as submitted, but that null fields are left out and `occurred_at` is written
    in UTC.
    """
    if not isinstance(submitted, dict):
        return (FieldError("", "must be a JSON object"),)
    if excess := _excess(submitted):
        return (excess,)
    try:
        event = _validate(submitted)
    except ValidationError as error:
        return _field_errors(error.errors(include_url=False, include_input=False))
    checked: dict[str, Any] = {**event}
    fields = {name: checked[name] for name in submitted if checked[name] is not None}
    numbers_in = [fields[name] for name in _MORE_THAN_TEXT & fields.keys()]
    encoded = _encode_exactly(fields) if are_exact(numbers_in, MAX_DEPTH - 1) else None
    if encoded is None:
        problem = first_inexact(fields, "", MAX_DEPTH)
        return (problem or FieldError("", "cannot be carried exactly"),)
    if problem := _oversized(fields, len(encoded)):
        return (problem,)
    key = fields.get("idempotency_key")
    return ValidEvent(encoded, key, None if key is None else digest_content(fields))


def _excess(submitted: dict[str, object]) -> FieldError | None:
    """Whether there are more targets or names than an event has room for."""
    value = submitted.get("targets")
    targets = value if isinstance(value, list) else []
    if len(targets) > _MOST_TARGETS:
        return _TOO_MANY
    names = len(submitted) + sum(len(each) for each in targets if type(each) is dict)
    return _TOO_LARGE if names * len('"":0') > MAX_EVENT_BYTES else None


def _field_errors(details: list[ErrorDetails]) -> tuple[FieldError, ...]:
    told = [_field_error(detail) for detail in details[:MOST_ERRORS]]
    if more := len(details) - len(told):
        told.append(FieldError("", f"has {more} more errors"))
    return tuple(told)


def _field_error(detail: ErrorDetails) -> FieldError:
    field = ""
    for part in detail["loc"]:
        field = path_to(field, part)
    if detail["type"] == "extra_forbidden":
        return FieldError(field, "is not a field of an event; put your own data in metadata")
    if detail["type"] == "missing":
        return FieldError(field, "is required")
    message = detail["msg"].removeprefix("Input ").removeprefix("String ")
    return FieldError(field, message[0].lower() + message[1:])


def _encode_exactly(fields: dict[str, Any]) -> bytes | None:
    """The fields as compact JSON; None when a text has an unpaired surrogate."""
    try:
        return _encode(fields)
    except UnicodeEncodeError:
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
        return _TOO_LARGE
    return None
