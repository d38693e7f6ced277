"""Helpers for tests of `validate`: the fields it keeps, and the one error it finds."""

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
    """The single error of an event."""
    checked = validate(submitted)
    assert isinstance(checked, tuple)
    assert len(checked) == 1
    return checked[0].field, checked[0].message


def nested(levels: int) -> object:
    """Arrays nested to this many levels."""
    value: object = "x"
    for _ in range(levels):
        value = [value]
    return value
