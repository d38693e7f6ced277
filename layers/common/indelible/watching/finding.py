"""Findings: what the watcher has found and nobody has mended. They have no content of events."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from operator import attrgetter
from typing import NamedTuple

from ..checkpoints.watched import Finding
from ..encoding import replace_surrogates
from ..verifying.breaks import Break

HEAD = "head"
"""The unit of a chain's covered head."""

MAX_OF_UNIT = 5
"""Findings of one unit that are kept. The first ones name the place."""

MAX_UNITS = 500
"""Units whose findings are kept. These are enough to find somebody who has damaged more.

Warnings are counted apart: they stay for weeks, and must not take the place of what is wrong now.
"""

MAX_DETAIL = 200
"""Characters."""


MAX_OF_WORKSPACE = 100
"""Findings of one workspace that readers are shown. They are one item, of 400 KB at most."""


class Found(NamedTuple):
    """Something that a check has found: its type, the sequence (0 for none) and the reason."""

    kind: str
    sequence: int
    reason: str

    @classmethod
    def of(cls, found: Break) -> Found:
        """A break as the check of a unit returns it."""
        return cls(found.type.value, found.sequence, found.reason)


class Findings:
    """All findings, by the units that they were found in.

    `changed` has the workspaces whose findings are not those that this began with.
    """

    def __init__(self, known: Iterable[Finding]) -> None:
        self._units: dict[tuple[str, str], tuple[Finding, ...]] = {}
        self.changed = set[str]()
        self.warned = 0
        for each in known:
            place = each.workspace_id, each.unit
            self._units[place] = (*self._units.get(place, ()), each)

    def replace(self, workspace_id: str, unit: str, found: Iterable[Found], now: int) -> None:
        """A unit was checked at `now`, and this was found. What was found before keeps its time."""
        place = workspace_id, unit
        before = self._units.pop(place, ())
        known = {(each.kind, each.sequence): each.since for each in before}
        made = tuple(
            Finding(
                workspace_id,
                unit,
                each.kind,
                each.sequence,
                known.get((each.kind, each.sequence), now),
                replace_surrogates(each.reason[:MAX_DETAIL]),
            )
            for each in [*found][:MAX_OF_UNIT]
        )
        if made and (before or unit == HEAD or self._has_room(is_warning=made[0].is_warning)):
            self._units[place] = made
        if made != before:
            self.changed.add(workspace_id)
            self.warned += any(each.is_warning for each in made)

    def _has_room(self, *, is_warning: bool) -> bool:
        kept = sum(found[0].is_warning == is_warning for found in self._units.values())
        return kept < MAX_UNITS

    def units(self) -> list[tuple[str, str]]:
        """The units in which something was found: workspace and unit, longest unchecked first."""
        return [*self._units]

    def drop_warnings(self, before: int) -> None:
        """Drop warnings that were found before this time."""
        old = [each for each in self if each.is_warning and each.since < before]
        for each in old:
            self.replace(each.workspace_id, each.unit, (), before)

    def of(self, workspace_id: str) -> list[Finding]:
        """What was found of a workspace, as far as readers are shown it. Warnings come last."""
        found = [each for each in self if each.workspace_id == workspace_id]
        return sorted(found, key=attrgetter("is_warning"))[:MAX_OF_WORKSPACE]

    def __iter__(self) -> Iterator[Finding]:
        return (each for found in self._units.values() for each in found)

    @property
    def count(self) -> int:
        """How many findings there are, with the warnings that are new."""
        return sum(not each.is_warning for each in self) + self.warned
