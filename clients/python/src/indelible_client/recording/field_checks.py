"""What the contract says about each field, as far as it can be checked without the service."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from datetime import datetime, timezone
from typing import Callable, Optional

_MAX_LEVELS = 32
_MAX_KEY = 512
_SMALLEST, _LARGEST = -(2**63), 2**64 - 1
_DATE_TIME = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)", re.ASCII
)

Problem = Optional["tuple[str, str]"]
"""The path below a value and the message, or None if the value is right."""


def _text(value: object) -> Problem:
    return None if isinstance(value, str) else ("", f"must be a string, not {_kind(value)}")


def filled(value: object) -> Problem:
    if value is None or value == "":
        return "", "is required; give a string that is not empty"
    return _text(value)


def _integer(value: object) -> Problem:
    if isinstance(value, bool) or not isinstance(value, int):
        return "", f"must be an integer, not {_kind(value)}"
    return None if _SMALLEST <= value <= _LARGEST else ("", "does not fit 64 bits")


def _id(value: object) -> Problem:
    if isinstance(value, str):
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        return _integer(value)
    return "", f"must be a string or an integer, not {_kind(value)}"


def required_id(value: object) -> Problem:
    if value is None or value == "":
        return "", "is required; give a string that is not empty, or an integer"
    return _id(value)


def _key(value: object) -> Problem:
    if isinstance(value, str) and not 1 <= len(value) <= _MAX_KEY:
        return "", f"must have 1 to {_MAX_KEY} characters, not {len(value)}"
    return _text(value)


def _time(value: object) -> Problem:
    if isinstance(value, datetime):
        if value.utcoffset() is None:
            return "", "must have a time zone"
        try:
            value.astimezone(timezone.utc)
        except OverflowError:
            return "", "must be in the years 1 to 9999, in UTC"
        return None
    if isinstance(value, str) and _DATE_TIME.fullmatch(value):
        try:
            datetime.fromisoformat(value[:19])
        except ValueError:
            return "", "must be a date and a time that exist"
        return None
    return "", "must be a datetime or an ISO 8601 string, with a time zone"


def _metadata(value: object, levels: int = 1) -> Problem:
    if not isinstance(value, dict):
        return "", f"must be a dict, not {_kind(value)}"
    return _json(value, levels + 1)


def _targets(value: object) -> Problem:
    if not isinstance(value, (list, tuple)):
        return "", f"must be a list, not {_kind(value)}"
    return _first(value, _target)


def _target(target: object) -> Problem:
    if not isinstance(target, dict):
        return "", f"must be a dict, not {_kind(target)}"
    if target.get("type") is None:
        return ".type", "is required; give a string that is not empty"
    for name, value in target.items():
        check = _TARGET_CHECKS.get(name)
        if check is None:
            return f".{name}", "is not a field of a target"
        problem = None if value is None else check(value)
        if problem is not None:
            return f".{name}{problem[0]}", problem[1]
    return None


def _json(value: object, level: int) -> Problem:  # noqa: PLR0911  # one line for each kind
    """Look for what JSON, or the service, cannot carry: nothing is converted on the way."""
    if value is None or isinstance(value, (str, bool)):
        return None
    if isinstance(value, int):
        return _integer(value)
    if isinstance(value, float):
        return None if math.isfinite(value) else ("", "must be a finite number")
    if level > _MAX_LEVELS:
        return "", f"is nested deeper than {_MAX_LEVELS} levels"
    if isinstance(value, dict):
        for name, item in value.items():
            if not isinstance(name, str):
                return f".{name!r}", f"has a name that is no string but {_kind(name)}"
            problem = _json(item, level + 1)
            if problem is not None:
                return f".{name}{problem[0]}", problem[1]
        return None
    if isinstance(value, (list, tuple)):
        return _first(value, lambda item: _json(item, level + 1))
    return "", f"is {_kind(value)}, which JSON cannot carry; convert it first"


def _first(items: Iterable[object], check: Callable[[object], Problem]) -> Problem:
    """Return the first problem of the items of a list, with its path."""
    for index, item in enumerate(items):
        problem = check(item)
        if problem is not None:
            return f".{index}{problem[0]}", problem[1]
    return None


def _kind(value: object) -> str:
    return type(value).__name__


CHECKS: dict[str, Callable[[object], Problem]] = {
    **dict.fromkeys(
        ["actor_name", "actor_type", "action_category", "resource", "resource_name"], _text
    ),
    **dict.fromkeys(["ip_address", "user_agent"], _text),
    **dict.fromkeys(["resource_id", "session_id", "tenant_id"], _id),
    "metadata": _metadata,
    "targets": _targets,
    "occurred_at": _time,
    "idempotency_key": _key,
    "version": _integer,
}
_TARGET_CHECKS: dict[str, Callable[[object], Problem]] = {
    "type": filled,
    "id": _id,
    "name": _text,
    "metadata": lambda value: _metadata(value, levels=3),
}
