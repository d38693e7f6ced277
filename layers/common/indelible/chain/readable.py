"""Checks that every reader of a record can read its event's fields.

Ingest has checked more than this. The writer checks again, because it does not trust the queue: one
unreadable record would make every list, search and export that meets it fail.
"""

from __future__ import annotations

from collections.abc import Iterable
from types import NoneType
from typing import Any, get_args

import msgspec
from msgspec.structs import FieldInfo

from ..errors import FromNewerVersion, Unreadable
from .fields import MAX_DEPTH, EventFields, Target

_CONTAINERS = {dict, list}

_UNKNOWN_FIELD = "Object contains unknown field"
"""The start of msgspec's error when forbid_unknown_fields refuses a field."""


class _Target(Target, forbid_unknown_fields=True, gc=False):
    """A target without unknown fields."""


def _never_null(field: FieldInfo) -> tuple[str, Any] | tuple[str, Any, Any]:
    """A field of the table as ingest sends it: null fields are left out."""
    if field.name == "targets":
        return field.name, tuple[_Target, ...], ()
    if field.required:
        return field.name, field.type
    [kind] = [each for each in get_args(field.type) if each is not NoneType]
    return field.name, kind, None


_Fields = msgspec.defstruct(
    "_Fields",
    [_never_null(field) for field in msgspec.structs.fields(EventFields)],
    forbid_unknown_fields=True,
    gc=False,
)
_ALL_FIELDS = list[_Fields]  # type: ignore[valid-type]


def check_fields(events: Iterable[dict[str, Any]]) -> None:
    """Raise Unreadable when fields are missing, wrong or nested too deeply.

    Raises FromNewerVersion when there are fields that only a newer version may know.
    """
    fields = list(events)
    try:
        msgspec.convert(fields, _ALL_FIELDS)
    except msgspec.ValidationError as error:  # its text may hold a name that a client chose
        if str(error).startswith(_UNKNOWN_FIELD):
            raise FromNewerVersion("message holds an event with unknown fields") from None
        raise Unreadable("message holds an event with missing or wrong fields") from None
    if _are_deeper(fields, MAX_DEPTH):
        raise Unreadable(f"message holds an event nested more than {MAX_DEPTH} levels deep")


def _are_deeper(values: list[Any], levels: int) -> bool:
    """Whether one of these objects has more than `levels` levels of nesting."""
    for _ in range(levels):
        values = [
            inner
            for value in values
            for inner in (value.values() if type(value) is dict else value)
            if type(inner) in _CONTAINERS
        ]
        if not values:
            return False
    return True
