"""An oracle for names that are given twice in one object of a JSON text."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

_LEVELS = 40
"""Levels of objects and arrays in which the oracle looks; no event may have so many."""


class Pairs(NamedTuple):
    """An object as the standard library reads it: every name with its value."""

    pairs: list[tuple[str, Any]]


def read_pairs(text: str) -> Any:
    """The value of a JSON text in which every object is Pairs."""
    return json.loads(text, object_pairs_hook=Pairs)


def repeated_in(value: object, above: str = "", levels: int = _LEVELS) -> list[str]:
    """The paths of the names that are given twice in a value of `read_pairs`."""
    found: list[str] = []
    items: list[tuple[object, object]] = []
    if isinstance(value, Pairs):
        names = [name for name, _ in value.pairs]
        if len(set(names)) < len(names):
            found += [above + name for name in sorted(set(names)) if names.count(name) > 1]
        items = [*dict(value.pairs).items()]
    elif isinstance(value, list):
        items = [*enumerate(value)]
    for key, inner in items if levels else []:
        found += repeated_in(inner, f"{above}{key}.", levels - 1)
    return found
