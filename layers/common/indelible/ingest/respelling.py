"""Respelling: what some clients write differently is rewritten to the spelling that is kept.

Languages that number their objects send integers as ids. PHP sends an empty object as `[]`.
"""

from __future__ import annotations

from typing import Any

from ..chain.fields import (
    ID_FIELDS,
    LARGEST_INTEGER,
    MAX_TARGETS,
    SMALLEST_INTEGER,
    TARGET_ID_FIELDS,
)


def respell(event: dict[str, Any]) -> dict[str, Any]:
    """The event with integers as ids as their decimal text, and `[]` as metadata as `{}`.

    Returns `event` itself if it has neither. Integers beyond 64 bits and all else are kept.
    """
    respelled = _respell(event, ID_FIELDS)
    targets = event.get("targets")
    if type(targets) is list and len(targets) <= MAX_TARGETS:
        new = [_respell(each, TARGET_ID_FIELDS) if type(each) is dict else each for each in targets]
        if any(each is not old for each, old in zip(new, targets, strict=True)):
            respelled = {**respelled, "targets": new}
    return respelled


def _respell(fields: dict[str, Any], ids: tuple[str, ...]) -> dict[str, Any]:
    changes: dict[str, Any] = {
        name: str(value)
        for name in ids
        # A boolean is an int in Python, but its type is another.
        if type(value := fields.get(name)) is int and SMALLEST_INTEGER <= value <= LARGEST_INTEGER
    }
    if fields.get("metadata") == []:
        changes["metadata"] = {}
    return {**fields, **changes} if changes else fields
