"""One event, checked where it is recorded and encoded as the bytes that are sent."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from ..errors import InvalidEvent
from .batches import MAX_EVENT_BYTES
from .field_checks import CHECKS, Problem, filled, required_id

MAX_METADATA_BYTES = 65_536
_encode_json = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, check_circular=False, separators=(",", ":")
).encode


def encode_event(actor_id: object, action: object, fields: Mapping[str, Any]) -> bytes:
    """Return the event as compact JSON in UTF-8. Raises InvalidEvent. None means not given."""
    event: dict[str, Any] = {"actor_id": actor_id, "action": action}
    _raise("actor_id", required_id(actor_id))
    _raise("action", filled(action))
    for name, value in fields.items():
        check = CHECKS.get(name)
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
