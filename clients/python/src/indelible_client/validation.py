"""One event, checked where it is recorded and encoded as the bytes that are sent."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timezone
from typing import Any, Callable, Optional, TypedDict

from .batches import MAX_EVENT_BYTES

MAX_METADATA_BYTES = 65_536
_MAX_LEVELS = 32
_MAX_KEY = 512
_SMALLEST, _LARGEST = -(2**63), 2**64 - 1
_DATE_TIME = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII
)
_encode_json = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, check_circular=False, separators=(",", ":")
).encode

Problem = Optional["tuple[str, str]"]
"""The path below a value and the message, or None if the value is right."""


class Fields(TypedDict, total=False):
    """The optional fields of an event."""

    actor_name: str | None
    actor_type: str | None
    action_category: str | None
    resource: str | None
    resource_id: str | int | None
    resource_name: str | None
    metadata: Mapping[str, Any] | None
    targets: list[Mapping[str, Any]] | None
    occurred_at: str | datetime | None
    session_id: str | int | None
    tenant_id: str | int | None
    idempotency_key: str | None
    version: int | None
    ip_address: str | None
    user_agent: str | None


class InvalidEvent(ValueError):
    """The event cannot be accepted. `field` is the path of what is wrong."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field or 'the event'} {message}")
        self.field = field


def encode_event(actor_id: object, action: object, fields: Mapping[str, Any]) -> bytes:
    """Return the event as compact JSON in UTF-8. Raises InvalidEvent. None means not given."""
    event: dict[str, Any] = {"actor_id": actor_id, "action": action}
    _raise("actor_id", _required_id(actor_id))
    _raise("action", _filled(action))
    for name, value in fields.items():
        check = _CHECKS.get(name)
        if check is None:
            raise InvalidEvent(name, "is not a field of an event; put the value into metadata")
        if value is not None:
            _raise(name, check(value))
            event[name] = value
    given = event.get("occurred_at")
    if isinstance(given, datetime):
        event["occurred_at"] = given.astimezone(timezone.utc).isoformat(timespec="microseconds")
    return _bytes_of(event)


def _raise(name: str, problem: Problem) -> None:
    if problem is not None:
        path, message = problem
        raise InvalidEvent(name + path, message)


def _bytes_of(event: dict[str, Any]) -> bytes:
    try:
        encoded = _encode_json(event).encode()
    except UnicodeEncodeError as error:
        field = next((name for name, value in event.items() if not _is_unicode(value)), "")
        raise InvalidEvent(field, "has an unpaired surrogate, which is no Unicode") from error
    if len(encoded) > MAX_METADATA_BYTES:
        _check_sizes(event, len(encoded))
    return encoded


def _is_unicode(value: object) -> bool:
    try:
        _encode_json(value).encode()
    except UnicodeEncodeError:
        return False
    return True


def _check_sizes(event: Mapping[str, Any], size: int) -> None:
    holders = [("metadata", event)]
    holders += [(f"targets.{i}.metadata", t) for i, t in enumerate(event.get("targets", ()))]
    for path, holder in holders:
        own = len(_encode_json(holder.get("metadata")).encode())
        if own > MAX_METADATA_BYTES:
            raise InvalidEvent(path, f"has {own} bytes; at most {MAX_METADATA_BYTES} are allowed")
    if size > MAX_EVENT_BYTES:
        raise InvalidEvent("", f"has {size} bytes; at most {MAX_EVENT_BYTES} are allowed")


def _text(value: object) -> Problem:
    return None if isinstance(value, str) else ("", f"must be a string, not {_kind(value)}")


def _filled(value: object) -> Problem:
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


def _required_id(value: object) -> Problem:
    if value is None or value == "":
        return "", "is required; give a string that is not empty, or an integer"
    return _id(value)


def _key(value: object) -> Problem:
    if isinstance(value, str) and not 1 <= len(value) <= _MAX_KEY:
        return "", f"must have 1 to {_MAX_KEY} characters, not {len(value)}"
    return _text(value)


def _time(value: object) -> Problem:
    if isinstance(value, datetime):
        return None if value.utcoffset() is not None else ("", "must have a time zone")
    if isinstance(value, str) and _DATE_TIME.fullmatch(value):
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


_CHECKS: dict[str, Callable[[object], Problem]] = {
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
    "type": _filled,
    "id": _id,
    "name": _text,
    "metadata": lambda value: _metadata(value, levels=3),
}
