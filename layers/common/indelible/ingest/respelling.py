"""Respelling: what some clients write differently is rewritten to the spelling that is kept.

Languages that number their objects send integers as ids. PHP sends an empty object as `[]`.
"""

from __future__ import annotations

from typing import Any

from ..chain.fields import ID_FIELDS, MAX_TARGETS, TARGET_ID_FIELDS, text_of_id


def as_object(value: object) -> object:
    """`{}` for `[]`, where an object belongs. Any other value is returned as it is."""
    return {} if value == [] else value


def respell(event: dict[str, Any]) -> dict[str, Any]:
    """The event with its ids as text, and with `{}` for `[]` as metadata or as a target.

    Returns `event` itself if nothing changes. Integers beyond 64 bits and all else are kept.
    """
    respelled = _respell(event, ID_FIELDS)
    targets = event.get("targets")
    if type(targets) is list and len(targets) <= MAX_TARGETS:
        new = [_respell_target(as_object(each)) for each in targets]
        if any(each is not old for each, old in zip(new, targets, strict=True)):
            respelled = {**respelled, "targets": new}
    return respelled


def _respell_target(target: object) -> object:
    return _respell(target, TARGET_ID_FIELDS) if type(target) is dict else target


def _respell(fields: dict[str, Any], ids: tuple[str, ...]) -> dict[str, Any]:
    changes: dict[str, Any] = {
        name: text for name in ids if (text := text_of_id(value := fields.get(name))) is not value
    }
    metadata = fields.get("metadata")
    if (read := as_object(metadata)) is not metadata:
        changes["metadata"] = read
    return {**fields, **changes} if changes else fields
