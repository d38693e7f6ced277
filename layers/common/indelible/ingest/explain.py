"""Explaining: finds everything that is wrong with an event, each error with its field's path.

Only this module loads pydantic, and only when an event was refused. Its schema is made from the
table that accepts events, so the rules are written once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, get_type_hints

from msgspec import inspect
from pydantic_core import (
    CoreSchema,
    ErrorDetails,
    PydanticCustomError,
    SchemaValidator,
    ValidationError,
    core_schema,
)

from ..chain.fields import MAX_DEPTH, MAX_METADATA_KEYS, SubmittedEvent
from ..json_names import find_repeated, path_of
from ..times import format_time, parse_iso_8601
from .exactness import first_inexact
from .receipt import FieldError
from .sizes import count_excess, encode, first_oversized

Problem = TypeVar("Problem")

MAX_ERRORS = 20
"""Maximum errors reported per event, so that the response stays under Lambda's 6 MB."""


_MESSAGES = {
    "missing": "is required",
    "string_type": "must be a string",
    "string_too_short": "must not be empty",
    "string_too_long": "must have at most {max_length} characters",
    "string_unicode": "must not contain an unpaired surrogate",
    "int_type": "must be an integer",
    "dict_type": "must be an object",
    "list_type": "must be an array",
}
"""In the words of JSON. Errors of other types come from this module, in its own words."""


def find_errors(submitted: object) -> tuple[FieldError, ...]:
    """The errors of an event; empty when it is valid.

    Where a name is given twice, nobody knows which value counts, so the values are not checked.
    """
    if not isinstance(submitted, dict):
        return (FieldError("", "must be a JSON object"),)
    if repeated := [*find_repeated(submitted)]:
        return _first_errors(repeated, lambda keys: FieldError(path_of(keys), "is given twice"))
    if excess := count_excess(submitted):
        return (excess,)
    try:
        checked: dict[str, Any] = _EVENT.validate_python(submitted, strict=True)
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
        return _first_errors(details, _field_error)
    fields = {name: checked[name] for name in submitted if checked[name] is not None}
    problem = first_inexact(fields, "", MAX_DEPTH) or first_oversized(fields, len(encode(fields)))
    return (problem,) if problem else ()


def _first_errors(
    found: list[Problem], describe: Callable[[Problem], FieldError]
) -> tuple[FieldError, ...]:
    errors = [describe(each) for each in found[:MAX_ERRORS]]
    if more := len(found) - len(errors):
        errors.append(FieldError("", f"has {more} more errors"))
    return tuple(errors)


def _field_error(detail: ErrorDetails) -> FieldError:
    field = path_of(detail["loc"])
    if detail["type"] == "extra_forbidden":
        owner = "an event" if len(detail["loc"]) == 1 else "a target"
        return FieldError(field, f"is not a field of {owner}; put your own data in metadata")
    message = _MESSAGES.get(detail["type"], detail["msg"])
    return FieldError(field, message.format(**detail.get("ctx", {})))


def _check_metadata(value: dict[str, Any]) -> dict[str, Any]:
    if len(value) > MAX_METADATA_KEYS:
        raise PydanticCustomError("keys", f"must have at most {MAX_METADATA_KEYS} keys")
    return value


def _in_utc(value: str) -> str:
    try:
        return format_time(parse_iso_8601(value))
    except ValueError as error:
        raise PydanticCustomError("time", str(error)) from None


_checked_by = core_schema.no_info_after_validator_function


def _schema_of(kind: inspect.Type) -> CoreSchema:
    """The schema of a type in the table of fields. TypeError for types that no field has so far."""
    schema: CoreSchema
    match kind:
        case inspect.StrType():
            schema = core_schema.str_schema(min_length=kind.min_length, max_length=kind.max_length)
        case inspect.IntType():
            schema = core_schema.int_schema()
        case inspect.Metadata(extra_json_schema={"format": "date-time"}):
            schema = _checked_by(_in_utc, core_schema.str_schema())
        case inspect.DictType():
            schema = _checked_by(_check_metadata, core_schema.dict_schema(core_schema.str_schema()))
        case inspect.VarTupleType():
            schema = core_schema.list_schema(_schema_of(kind.item_type))
        case inspect.UnionType(types=(inner, inspect.NoneType())):
            schema = core_schema.nullable_schema(_schema_of(inner))
        case inspect.StructType():
            schema = _object(kind)
        case _:
            raise TypeError(f"no schema for {kind}")
    return schema


def _object(kind: inspect.StructType) -> CoreSchema:
    fields = {field.name: field for field in kind.fields}
    in_order = get_type_hints(kind.cls)  # as in the table; in `kind.fields` the limited come last
    return core_schema.typed_dict_schema(
        {
            name: core_schema.typed_dict_field(
                _schema_of(fields[name].type), required=fields[name].required
            )
            for name in in_order
        },
        extra_behavior="forbid",
    )


_EVENT = SchemaValidator(_schema_of(inspect.type_info(SubmittedEvent)))
