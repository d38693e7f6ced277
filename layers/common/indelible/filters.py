"""Filters: which events of a chain a query or an export selects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import msgspec

from .chain.fields import Target
from .encoding import read_json, replace_surrogates
from .errors import ValidationFailed
from .times import LATEST, format_time, parse_iso_8601

EXACT = ("actor_id", "action_category", "resource", "resource_id", "tenant_id", "session_id")
"""Filters that the event's field of the same name must equal."""

TEXTS = (*EXACT, "action", "target_type", "target_id", "search")
"""The text filters. The other filters are the times `from` and `to`."""

MAX_TEXT = 1_024
"""Maximum length of a filter's text, in characters."""

WILDCARD = "*"
_MAX_SHOWN = 64
"""Maximum characters of an unknown parameter's name that its error shows."""


class Selectable(msgspec.Struct, gc=False):
    """The fields of a record that filters and the index read, as `chain/fields.py` has them.

    Other fields are skipped, because a query may have to read every record of a chain.
    """

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
    targets: tuple[Target, ...] = ()
    metadata: Any = None


_decode = msgspec.json.Decoder(Selectable).decode


def read_selectable(record: bytes) -> Selectable:
    """The fields that filters read. Unreadable when these bytes are not a record."""
    return read_json(_decode, record, "a record")


@dataclass(frozen=True)
class Filters:
    """Conditions that an event must all satisfy to match.

    `texts` has the text filters by name. `start` and `end` bound created_at, both inclusive,
    in microseconds.
    """

    texts: Mapping[str, str] = field(default_factory=dict)
    start: int = 0
    end: int = LATEST

    def matches(self, record: bytes) -> bool:
        """Whether the event of this record matches. Unreadable when it is not a record."""
        event = read_selectable(record)
        first, last = self._bounds
        return (
            first <= event.created_at <= last
            and all(getattr(event, name) == text for name, text in self._exact)
            and self._matches_action(event.action)
            and self._matches_target(event)
            and self._matches_search(event)
        )

    @cached_property
    def _bounds(self) -> tuple[str, str]:
        """`start` and `end` as records write times."""
        return format_time(self.start), format_time(self.end)

    @cached_property
    def _exact(self) -> list[tuple[str, str]]:
        return [(name, self.texts[name]) for name in EXACT if name in self.texts]

    def _matches_action(self, action: str) -> bool:
        wanted = self.texts.get("action", WILDCARD)
        if wanted.endswith(WILDCARD):
            return action.startswith(wanted.removesuffix(WILDCARD))
        return action == wanted

    def _matches_target(self, event: Selectable) -> bool:
        """Whether one target has both the wanted type and the wanted id."""
        wanted_type, wanted_id = self.texts.get("target_type"), self.texts.get("target_id")
        if wanted_type is None and wanted_id is None:
            return True
        return any(
            wanted_type in (None, each.type) and wanted_id in (None, each.id)
            for each in event.targets
        )

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
        """The filters by the names of their parameters, with times in canonical form.

        Manifests hold this, export jobs are stored with it, and cursors are signed over it.
        """
        bounds = {}
        if self.start > 0:
            bounds["from"] = format_time(self.start)
        if self.end < LATEST:
            bounds["to"] = format_time(self.end)
        return {**self.texts, **bounds}


def _texts_in(value: object) -> Iterator[str]:
    """Every name, string, number and boolean in a JSON value, as text."""
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
    """Filters from parameters by name. ValidationFailed names the parameter that is wrong."""
    if unknown := sorted(parameters.keys() - {*TEXTS, "from", "to"}):
        names = ", ".join((*TEXTS, "from", "to"))
        raise ValidationFailed(
            f"There is no filter {unknown[0][:_MAX_SHOWN]!r}. The filters are {names}."
        )
    texts = {name: parameters[name] for name in TEXTS if name in parameters}
    for name, text in texts.items():
        if not 1 <= len(text) <= MAX_TEXT:
            raise ValidationFailed(f"`{name}` must have 1 to {MAX_TEXT} characters.")
        if replace_surrogates(text) != text:  # cursors are signed over UTF-8
            raise ValidationFailed(f"`{name}` must be valid Unicode.")
    start = _read_time("from", parameters.get("from"), 0)
    end = _read_time("to", parameters.get("to"), LATEST)
    if "from" in parameters and start > end:
        raise ValidationFailed("`from` must not be later than `to`.")
    return Filters(texts, max(0, start), end)


def _read_time(name: str, text: str | None, default: int) -> int:
    """A time in microseconds."""
    if text is None:
        return default
    try:
        return parse_iso_8601(text)
    except ValueError as error:
        raise ValidationFailed(f"`{name}` {error}.") from None
