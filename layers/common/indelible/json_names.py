"""Names in JSON objects: the path to a value, and objects in which a name is given twice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from .chain.fields import MAX_DEPTH
from .encoding import replace_surrogates

MAX_PATH = 200
"""Maximum characters of a path in an error. A longer path is cut."""


class RepeatedNames(dict[str, Any]):
    """An object in which a name is given twice. It has the last value of each name.

    JSON does not say which value counts, so nobody may use such an object.
    """

    __slots__ = ("names",)

    names: tuple[str, ...]


def make_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The object with these names and values, as RepeatedNames if a name is given twice."""
    values = dict(pairs)
    if len(values) == len(pairs):
        return values
    seen: set[str] = set()
    twice: dict[str, None] = {}
    for name, _ in pairs:
        if name in seen:
            twice[name] = None
        seen.add(name)
    repeated = RepeatedNames(values)
    repeated.names = tuple(twice)
    return repeated


def find_repeated(value: object, depth: int = MAX_DEPTH) -> Iterator[tuple[object, ...]]:
    """The names and indices that lead to each name that is given twice, the name itself last.

    It looks at `depth` levels of objects and arrays. No valid event has more.
    """
    if isinstance(value, RepeatedNames):
        for name in value.names:
            yield (name,)
    if depth == 0:
        return
    items: Iterable[tuple[object, object]] = ()
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    for key, item in items:
        if isinstance(item, dict | list):
            for keys in find_repeated(item, depth - 1):
                yield (key, *keys)


def path_of(keys: Iterable[object], path: str = "") -> str:
    """The path, such as `targets.0.type`, to which names and indices lead from `path`.

    A path longer than MAX_PATH characters is cut.
    """
    for key in keys:
        path = f"{path}.{key}" if path else str(key)
        if len(path) > MAX_PATH:
            path = path[:MAX_PATH] + "…"
    return replace_surrogates(path)
