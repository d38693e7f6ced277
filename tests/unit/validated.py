"""What tests of `validate` ask of it: the fields it keeps, the one thing it finds wrong."""

from __future__ import annotations

import json
from typing import Any

from indelible.ingest.event import ValidEvent, validate


def fields_of(submitted: object) -> dict[str, Any]:
    """The fields as kept; fails when the event is invalid."""
    checked = validate(submitted)
    assert isinstance(checked, ValidEvent), checked
    kept: dict[str, Any] = json.loads(checked.fields)
    return kept


def problem_of(submitted: object) -> tuple[str, str]:
    """The one thing that is wrong with an event."""
    checked = validate(submitted)
    assert isinstance(checked, tuple)
    assert len(checked) == 1
    return checked[0].field, checked[0].message


def nested(levels: int) -> object:
    """An array in an array …, so many levels."""
    value: object = "x"
    for _ in range(levels):
        value = [value]
    return value
