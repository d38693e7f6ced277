"""Filters: which events of a chain a query or an export is about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from .encoding import replace_surrogates
from .errors import Unreadable, ValidationFailed
from .times import LATEST, format_time, parse_iso_8601

EXACT = ("actor_id", "action_category", "resource", "resource_id", "tenant_id", "session_id")
"""Fields of an event that the filter of the same name must equal."""

TEXTS = (*EXACT, "action", "target_type", "target_id", "search")
"""The filters by text; with `from` and `to`, all there are."""

MAX_TEXT = 1_024
"""Characters of a filter's text; no longer one finds anything that a shorter one does not."""

WILDCARD = "*"


class _Target(msgspec.Struct, gc=False):
    type: str | None = None
    id: str | None = None


class Selectable(msgspec.Struct, gc=False):
    """What filters and the index look at in a record."""

    id: str
    created_at: str
    received_at: str
    action: str
    actor_id: str | None = None
    action_category: str | None = None
    resource: str | None = None
    resource_id: str | None = None
    tenant_id: str | None = None
    session_id: str | None = None
    actor_name: str | None = None
    resource_name: str | None = None
    targets: tuple[_Target, ...] = ()
    metadata: Any = None


_decode = msgspec.json.Decoder(Selectable).decode


def read_selectable(record: bytes) -> Selectable:
    """What filters look at in a record. Unreadable when it is none."""
    try:
        return _decode(record)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Unreadable(f"not a record: {error}") from None


@dataclass(frozen=True, slots=True)
class Filters:
    """What must hold of an event, all of it, for it to be meant.

    `texts` are the filters by text, by name; `start` and `end` bound created_at, both inclusive,
    in microseconds.
    """

    texts: Mapping[str, str] = field(default_factory=dict)
    start: int = 0
    end: int = LATEST
    _bounds: tuple[str, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Write the bounds as records do, once for all of them."""
        object.__setattr__(self, "_bounds", (format_time(self.start), format_time(self.end)))

    def matches(self, record: bytes) -> bool:
        """Whether this record's event is meant. Unreadable when it is no record."""
        event = read_selectable(record)
        first, last = self._bounds
        return (
            first <= event.created_at <= last
            and all(
                getattr(event, name) == self.texts[name] for name in EXACT if name in self.texts
            )
            and self._matches_action(event.action)
            and self._matches_target(event)
            and self._matches_search(event)
        )

    def _matches_action(self, action: str) -> bool:
        wanted = self.texts.get("action", WILDCARD)
        if wanted.endswith(WILDCARD):
            return action.startswith(wanted.removesuffix(WILDCARD))
        return action == wanted

    def _matches_target(self, event: Selectable) -> bool:
        """Whether one and the same target has what is asked for."""
        type_, id_ = self.texts.get("target_type"), self.texts.get("target_id")
        if type_ is None and id_ is None:
            return True
        return any(type_ in (None, each.type) and id_ in (None, each.id) for each in event.targets)

    def _matches_search(self, event: Selectable) -> bool:
        wanted = self.texts.get("search")
        if wanted is None:
            return True
        wanted = wanted.lower()
        searched = (event.actor_name, event.action, event.resource_name)
        return any(
            wanted in text.lower()
            for text in (*(each for each in searched if each), *_texts_in(event.metadata))
        )

    def as_json(self) -> dict[str, str]:
        """The filters by the names of their parameters, times in canonical form."""
        bounds = {}
        if self.start > 0:
            bounds["from"] = format_time(self.start)
        if self.end < LATEST:
            bounds["to"] = format_time(self.end)
        return {**self.texts, **bounds}


def _texts_in(value: object) -> Iterator[str]:
    """Every name, text and number in a JSON value."""
    match value:
        case str():
            yield value
        case dict():
            for name, inner in value.items():
                yield name
                yield from _texts_in(inner)
        case list():
            for inner in value:
                yield from _texts_in(inner)
        case bool() | int() | float():
            yield msgspec.json.encode(value).decode()


def read_filters(parameters: Mapping[str, str]) -> Filters:
    """Filters from parameters by name. ValidationFailed says which one cannot be one."""
    for unknown in sorted(parameters.keys() - {*TEXTS, "from", "to"}):
        raise ValidationFailed(f"There is no filter {_shown(unknown)}.")
    texts = {name: parameters[name] for name in TEXTS if name in parameters}
    for name, text in texts.items():
        if not 1 <= len(text) <= MAX_TEXT:
            raise ValidationFailed(f"`{name}` must have 1 to {MAX_TEXT} characters.")
        if replace_surrogates(text) != text:  # what a cursor is signed over is UTF-8
            raise ValidationFailed(f"`{name}` must be valid Unicode.")
    start = _read_time("from", parameters.get("from"), 0)
    end = _read_time("to", parameters.get("to"), LATEST)
    if "from" in parameters and start > end:
        raise ValidationFailed("`from` must not be later than `to`.")
    return Filters(texts, max(0, start), end)


def _read_time(name: str, text: str | None, otherwise: int) -> int:
    if text is None:
        return otherwise
    try:
        return parse_iso_8601(text)
    except ValueError as error:
        raise ValidationFailed(f"`{name}` {error}.") from None


def _shown(name: str) -> str:
    return repr(name[:64])
