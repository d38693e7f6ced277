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

from ..chain.fields import MAX_DEPTH, SubmittedEvent
from ..json_names import find_repeated, path_of
from ..times import in_utc
from .exactness import first_inexact
from .receipt import FieldError
from .respelling import as_object, respell
from .sizes import count_excess, encode, first_oversized
from .words import (
    BATCH,
    GIVEN_TWICE,
    MORE_ERRORS,
    NO_EVENTS,
    NO_OBJECT,
    NO_TIME,
    NUMBER_AS_TIME,
    message_of,
)

Problem = TypeVar("Problem")

MAX_ERRORS = 20
"""Maximum errors reported per event, so that the response stays under Lambda's 6 MB."""


def find_errors(submitted: object) -> tuple[FieldError, ...]:
    """The errors of an event; empty when it is valid.

    Where a name is given twice, nobody knows which value counts, so the values are not checked.
    """
    submitted = as_object(submitted)
    if not isinstance(submitted, dict):
        return (FieldError("", NO_EVENTS if isinstance(submitted, list) else NO_OBJECT),)
    if repeated := [*find_repeated(submitted)]:
        return _first_errors(repeated, lambda keys: FieldError(path_of(keys), GIVEN_TWICE))
    if excess := count_excess(submitted):
        return (excess,)
    event = respell(submitted)
    try:
        checked: dict[str, Any] = _EVENT.validate_python(event, strict=True)
    except ValidationError as error:
        return _errors_of(error.errors(include_url=False))
    fields = {name: checked[name] for name in event if checked[name] is not None}
    problem = first_inexact(fields, "", MAX_DEPTH) or first_oversized(fields, len(encode(fields)))
    return (problem,) if problem else ()


def _errors_of(details: list[ErrorDetails]) -> tuple[FieldError, ...]:
    """The errors that pydantic found; only `BATCH` for a batch in place of an event."""
    errors = _first_errors(details, lambda each: FieldError(path_of(each["loc"]), message_of(each)))
    batch = [error for error in errors if error == BATCH]
    return tuple(batch) or errors


def _first_errors(
    found: list[Problem], describe: Callable[[Problem], FieldError]
) -> tuple[FieldError, ...]:
    errors = [describe(each) for each in found[:MAX_ERRORS]]
    if more := len(found) - len(errors):
        errors.append(FieldError("", MORE_ERRORS.format(count=more)))
    return tuple(errors)


def _written_in_utc(value: object) -> str:
    if not isinstance(value, str):
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        raise PydanticCustomError("time", NUMBER_AS_TIME if is_number else NO_TIME)
    try:
        return in_utc(value)
    except ValueError as error:
        raise PydanticCustomError("time", str(error)) from None


def _schema_of(kind: inspect.Type) -> CoreSchema:
    """The schema of a type in the table of fields. TypeError for types that no field has so far."""
    schema: CoreSchema
    match kind:
        case inspect.StrType():
            schema = core_schema.str_schema(min_length=kind.min_length, max_length=kind.max_length)
        case inspect.IntType():
            schema = core_schema.int_schema()
        case inspect.Metadata(extra_json_schema={"format": "date-time"}):
            schema = core_schema.no_info_plain_validator_function(_written_in_utc)
        case inspect.DictType():
            schema = core_schema.dict_schema(core_schema.str_schema())
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
