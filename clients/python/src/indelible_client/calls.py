"""What each call sends, and what its answer must have. No I/O."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Generic, Optional, TypeVar
from urllib.parse import urlencode

from . import encoding
from .errors import InvalidArgument, NotIndelible
from .types import (
    BatchReceipts,
    EventAnswer,
    EventPage,
    EventPayload,
    EventQuery,
    ExportAnswer,
    ExportOptions,
    ExportPage,
    Health,
    Receipt,
    StartedExport,
    Verification,
    VerifyQuery,
    ViewerToken,
    ViewerTokenOptions,
)

T = TypeVar("T")

READ_SECONDS = 10.0
"""The service stops reading after 3 seconds; a call to AWS and a cold start may add to that."""

SUBMIT_SECONDS = 30.0
"""API Gateway answers after 29 seconds at the latest."""

KEY_HEADER = "Idempotency-Key"
KEY_LENGTH = 255
LARGEST_OBJECT = 100
"""A batch in an object has at most so many events. A longer one is sent as an array."""


@dataclass(frozen=True)
class Call(Generic[T]):
    """One request, and the member that a successful answer to it has.

    `repeatable`: carrying it out twice has the same effect as once.
    """

    method: str
    path: str
    answer_has: str
    params: tuple[tuple[str, str], ...] = ()
    content: Optional[bytes] = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)
    repeatable: bool = True
    seconds: float = READ_SECONDS

    @property
    def target(self) -> str:
        """The path with its query string."""
        return f"{self.path}?{urlencode(self.params)}" if self.params else self.path

    @property
    def idempotency_key(self) -> Optional[str]:
        """The key of the request, or None."""
        return self.headers.get(KEY_HEADER)


def new_key() -> str:
    """A key that nothing else has: 122 random bits."""
    return uuid.uuid4().hex


def track(payload: EventPayload) -> Call[Receipt]:
    """One event. An event with an `idempotency_key` is repeatable under that key."""
    event = _event("payload", payload)
    headers = {} if event.get("idempotency_key") else {KEY_HEADER: new_key()}
    return _submit("/events", "status", encoding.json_body(event), headers)


def track_batch(events: Sequence[EventPayload], key: Optional[str]) -> Call[BatchReceipts]:
    """Up to 1,000 events, in order."""
    if isinstance(events, (str, bytes, Mapping)):
        raise InvalidArgument("events: must be a list of events.")
    listed = [_event(f"events.{index}", event) for index, event in enumerate(events)]
    body: object = {"events": listed} if len(listed) <= LARGEST_OBJECT else listed
    headers = {KEY_HEADER: _key(key)}
    return _submit("/events/batch", "events", encoding.json_body(body), headers)


def track_lines(lines: bytes, key: Optional[str]) -> Call[BatchReceipts]:
    """Up to 1,000 lines, each the JSON of an event."""
    headers = {KEY_HEADER: _key(key), "Content-Type": "application/x-ndjson"}
    return _submit("/events/batch", "events", lines, headers)


def _event(place: str, event: object) -> dict[str, Any]:
    """Return the event with its time as text. The service checks its fields.

    Raises InvalidArgument if it is no dict, or if its datetime has no time zone.
    """
    if not isinstance(event, dict):
        kind = type(event).__name__
        raise InvalidArgument(f"{place}: must be a dict with actor_id and action, not {kind}.")
    occurred_at = event.get("occurred_at")
    if not isinstance(occurred_at, datetime):
        return event
    return {**event, "occurred_at": encoding.time_text(f"{place}.occurred_at", occurred_at)}


def _key(key: Optional[str]) -> str:
    """Return the key, or a new one if it is None. Raises InvalidArgument if it is no header."""
    if key is None:
        return new_key()
    if not (key.isascii() and key.isprintable() and key == key.strip() and key):
        raise InvalidArgument("idempotency_key: must be printable ASCII, without spaces around it.")
    if len(key) > KEY_LENGTH:
        raise InvalidArgument(f"idempotency_key: must have at most {KEY_LENGTH} characters.")
    return key


def _submit(path: str, answer_has: str, body: bytes, headers: Mapping[str, str]) -> Call[Any]:
    content, coding = encoding.compressed(body)
    sent = {"Content-Type": "application/json", **headers, **coding}
    return Call("POST", path, answer_has, (), content, sent, seconds=SUBMIT_SECONDS)


def get_events(given: Mapping[str, Any]) -> Call[EventPage]:
    """A page of a list."""
    found = encoding.filters(given, EventQuery)
    return Call("GET", "/events", "pagination", encoding.query(found))


def get_event(event_id: str, proof: bool) -> Call[EventAnswer]:
    """One event, with its proof if wanted."""
    params = (("proof", "true"),) if proof else ()
    return Call("GET", f"/events/{encoding.segment(event_id)}", "data", params)


def verify(given: Mapping[str, Any]) -> Call[Verification]:
    """A part of the chain."""
    return Call("GET", "/verify", "data", encoding.query(encoding.filters(given, VerifyQuery)))


def create_export(given: Mapping[str, Any]) -> Call[StartedExport]:
    """Start an export. Not repeatable: each request starts one."""
    content = encoding.json_body(encoding.filters(given, ExportOptions))
    headers = {"Content-Type": "application/json"}
    return Call("POST", "/exports", "data", (), content, headers, repeatable=False)


def get_export(export_id: str) -> Call[ExportAnswer]:
    """One export."""
    return Call("GET", f"/exports/{encoding.segment(export_id)}", "data")


def get_exports(limit: Optional[int], cursor: Optional[str]) -> Call[ExportPage]:
    """A page of exports."""
    given = encoding.filters({"limit": limit, "cursor": cursor}, EventQuery)
    return Call("GET", "/exports", "pagination", encoding.query(given))


def cancel_export(export_id: str) -> Call[ExportAnswer]:
    """End an unfinished export. Doing it again gives the same answer."""
    return Call("DELETE", f"/exports/{encoding.segment(export_id)}", "data")


def find_file(export_id: str) -> Call[str]:
    """The URL of an export's file, which works for 15 minutes."""
    return Call("GET", f"/exports/{encoding.segment(export_id)}/download", "Location")


def create_viewer_token(given: Mapping[str, Any]) -> Call[ViewerToken]:
    """Raises InvalidArgument for None, which must not stand for every tenant."""
    for name, value in given.items():
        if value is None:
            raise InvalidArgument(f"{name}: is None. Name whose events the token shows.")
    content = encoding.json_body(encoding.filters(given, ViewerTokenOptions))
    headers = {"Content-Type": "application/json"}
    return Call("POST", "/viewer-token", "token", (), content, headers)


def health() -> Call[Health]:
    """Whether requests reach the service."""
    return Call("GET", "/health", "status")


def lines_body(lines: object) -> bytes:
    """Return the bytes of lines that are given as text or bytes."""
    if isinstance(lines, str):
        return lines.encode()
    if isinstance(lines, bytes):
        return lines
    raise InvalidArgument("lines: must be str or bytes, one event on each line.")


def next_page(call: Call[T], answer: Any) -> Optional[Call[T]]:
    """Return the call for the page after this answer, or None after the last.

    Raises NotIndelible if the next page is the same one, because that would never end.
    """
    place = answer.get("pagination", answer["data"])
    cursor = place["next_cursor"] if place.get("has_more", True) else None
    if cursor is None:
        return None
    if ("cursor", cursor) in call.params:
        raise NotIndelible("The answer says that the next page is this page.")
    kept = tuple(each for each in call.params if each[0] != "cursor")
    return replace(call, params=(*kept, ("cursor", cursor)))
