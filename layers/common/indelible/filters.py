"""Filters: which events of a chain a query or an export selects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from .chain.fields import ID_FIELDS
from .errors import ValidationFailed
from .matching.checks import (
    Check,
    check_actions,
    check_equal,
    check_happened,
    check_object,
    check_search,
    check_target,
    checks_by_metadata,
)
from .matching.metadata import MAX_SHOWN, PREFIX, read_path
from .matching.selectable import read_selectable
from .matching.values import refuse_action, refuse_text
from .times import EARLIEST, LATEST, format_time, parse_bound

EXACT = (
    "actor_id",
    "actor_type",
    "action_category",
    "resource",
    "resource_id",
    "tenant_id",
    "session_id",
    "ip_address",
)
"""Filters that the event's field of the same name must equal."""

IDS = (*ID_FIELDS, "object_id", "target_id")
"""The filters by an id. In JSON it may be an integer, as in an event."""

TEXTS = (*EXACT, "object_id", "action", "target_type", "target_id", "search")
"""The text filters that have a name of their own. Those by metadata begin with `metadata.`."""

CREATED, OCCURRED = ("from", "to"), ("occurred_from", "occurred_to")
"""The filters by time: by created_at, and by when the event happened."""

NAMES = (*TEXTS, *CREATED, *OCCURRED, f"{PREFIX}<path>")
"""All filters, for people."""

MAX_ACTIONS = 20
"""Maximum number of actions of which an event may have any. The same one twice counts twice."""

MAX_METADATA = 10
"""Maximum number of filters by metadata."""


@dataclass(frozen=True)
class Filters:
    """Conditions that an event must all satisfy to match.

    `start` and `end` bound created_at, both inclusive, in microseconds. `texts` has all other
    filters by name, with times in canonical form. Only `action` may have a list: of these actions
    an event must have one.
    """

    texts: Mapping[str, str | list[str]] = field(default_factory=dict)
    start: int = 0
    end: int = LATEST

    def matches(self, record: bytes) -> bool:
        """Whether the event of this record matches. Unreadable when it is not a record."""
        event = read_selectable(record)
        first, last = self._bounds
        return first <= event.created_at <= last and all(check(event) for check in self._checks)

    @cached_property
    def actions(self) -> list[str]:
        """The actions of which an event must have one; empty if it may have any."""
        actions = self.texts.get("action", [])
        return [actions] if isinstance(actions, str) else actions

    @cached_property
    def singles(self) -> dict[str, str]:
        """The filters in `texts` that have one value, by name."""
        return {name: value for name, value in self.texts.items() if isinstance(value, str)}

    @cached_property
    def occurred(self) -> tuple[int, int] | None:
        """When an event must have happened: two times in microseconds, both inclusive."""
        earliest, latest = (self.singles.get(name) for name in OCCURRED)
        if earliest is None and latest is None:
            return None
        return (
            EARLIEST if earliest is None else parse_bound(earliest, is_end=False),
            LATEST if latest is None else parse_bound(latest, is_end=True),
        )

    @cached_property
    def _bounds(self) -> tuple[str, str]:
        """`start` and `end` as records write times."""
        return format_time(self.start), format_time(self.end)

    @cached_property
    def _checks(self) -> list[Check]:
        """The checks of the filters in `texts`, cheap ones first."""
        texts = self.singles
        checks = [check_equal(name, texts[name]) for name in EXACT if name in texts]
        if self.actions:
            checks.append(check_actions(self.actions))
        if self.occurred is not None:
            earliest, latest = map(format_time, self.occurred)
            checks.append(check_happened(earliest.removesuffix("Z"), latest.removesuffix("Z")))
        if "object_id" in texts:
            checks.append(check_object(texts["object_id"]))
        target = texts.get("target_type"), texts.get("target_id")
        if target != (None, None):
            checks.append(check_target(*target))
        checks += checks_by_metadata(texts)
        if "search" in texts:
            checks.append(check_search(texts["search"]))
        return checks

    def as_json(self) -> dict[str, str | list[str]]:
        """The filters by the names of their parameters, with times in canonical form.

        Manifests hold this, export jobs are stored with it, and cursors are signed over it.
        """
        bounds: dict[str, str | list[str]] = {}
        if self.start > 0:
            bounds["from"] = format_time(self.start)
        if self.end < LATEST:
            bounds["to"] = format_time(self.end)
        return {**self.texts, **bounds}


def read_filters(parameters: Mapping[str, str | list[str]]) -> Filters:
    """Filters from a request's parameters. ValidationFailed names the parameter that is wrong."""
    filters = restore_filters(parameters)
    actions = parameters.get("action", ())
    if isinstance(actions, list) and len(actions) > MAX_ACTIONS:
        raise ValidationFailed(f"`action` may be given at most {MAX_ACTIONS} times.")
    for name, text in filters.singles.items():
        if name not in ("action", *OCCURRED):
            refuse_text(name, text)
    for action in filters.actions:
        refuse_action(action)
    return filters


def restore_filters(stored: Mapping[str, str | list[str]]) -> Filters:
    """Filters from what `as_json` returned. ValidationFailed when they cannot be read.

    What other versions accepted stays valid, even if `read_filters` would refuse it now.
    """
    _refuse_unknown(stored)
    start, end = _read_bounds(CREATED, stored, 0)
    occurred = _read_bounds(OCCURRED, stored, EARLIEST)
    texts: dict[str, str | list[str]] = {name: stored[name] for name in TEXTS if name in stored}
    texts |= {name: stored[name] for name in sorted(stored) if name.startswith(PREFIX)}
    texts |= {
        name: format_time(time)
        for name, time in zip(OCCURRED, occurred, strict=True)
        if name in stored
    }
    if isinstance(actions := texts.get("action"), list):
        if not actions:
            raise ValidationFailed("`action` must have at least one action.")
        different = sorted({*actions})
        texts["action"] = different if len(different) > 1 else different[0]
    return Filters(texts, max(0, start), end)


def _refuse_unknown(parameters: Mapping[str, str | list[str]]) -> None:
    for name in sorted(parameters):
        refuse_unknown(name)
        if name != "action" and not isinstance(parameters[name], str):
            raise ValidationFailed(f"{name[:MAX_SHOWN]!r} must have one value.")
    if sum(name.startswith(PREFIX) for name in parameters) > MAX_METADATA:
        raise ValidationFailed(f"There may be at most {MAX_METADATA} filters by metadata.")


def refuse_unknown(name: str) -> None:
    """Raise ValidationFailed unless there is a filter of this name."""
    if name.startswith(PREFIX):
        read_path(name)
    elif name == "metadata":
        raise ValidationFailed("Name the value in the metadata: `metadata.plan`.")
    elif name not in {*TEXTS, *CREATED, *OCCURRED}:
        raise ValidationFailed(
            f"There is no filter {name[:MAX_SHOWN]!r}. The filters are {', '.join(NAMES)}."
        )


def _read_bounds(
    names: tuple[str, str], parameters: Mapping[str, str | list[str]], earliest: int
) -> tuple[int, int]:
    """The two times of these names, in microseconds. ValidationFailed when one is not a time."""
    start, end = earliest, LATEST
    for name in names:
        try:
            if name == names[0] and name in parameters:
                start = parse_bound(str(parameters[name]), is_end=False)
            elif name in parameters:
                end = parse_bound(str(parameters[name]), is_end=True)
        except ValueError as error:
            raise ValidationFailed(f"`{name}` {error}.") from None
    if names[0] in parameters and start > end:
        raise ValidationFailed(f"`{names[0]}` must not be later than `{names[1]}`.")
    return start, end
