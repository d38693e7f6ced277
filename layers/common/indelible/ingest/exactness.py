"""Exactness: whether every reader of the log can represent a JSON value exactly."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, NamedTuple

from ..chain.fields import LARGEST_INTEGER, MAX_DEPTH, SMALLEST_INTEGER
from ..encoding import MAX_DIGITS, ChangedNumber, replace_surrogates
from ..json_names import RepeatedNames, path_of
from .receipt import FieldError

UNPAIRED_SURROGATE = "must not contain an unpaired surrogate; send valid Unicode"
BEYOND_64_BITS = "must fit in 64 bits; send larger numbers as strings"
_NOT_FINITE = "must be a finite number; send it as a string, or send null"
_TOO_MANY_DIGITS = f"must have at most {MAX_DIGITS} significant digits; send it as a string"
_TOO_SMALL = "is so small that readers take it for 0; send it as a string"
_TOO_DEEP = (
    f"must be nested at most {MAX_DEPTH} levels deep; send inner objects as JSON in a string"
)
_NEVER_EXACT = frozenset({RepeatedNames, ChangedNumber})


def are_exact(values: Iterable[Any], depth: int) -> bool:
    """Whether every reader of JSON can represent the numbers, names and nesting in these values.

    `depth` is the number of levels of objects and arrays that each value may have.
    """
    for value in values:
        kind = type(value)
        if kind is str:
            continue
        if kind is int:
            exact = SMALLEST_INTEGER <= value <= LARGEST_INTEGER
        elif kind is float:
            exact = math.isfinite(value)
        elif kind is dict:
            exact = depth > 0 and are_exact(value.values(), depth - 1)
        elif kind is list:
            exact = depth > 0 and are_exact(value, depth - 1)
        else:
            exact = kind not in _NEVER_EXACT
        if not exact:
            return False
    return True


def first_inexact(value: object, path: str, depth: int) -> FieldError | None:
    """The error of the first value that some JSON readers cannot represent, if there is one.

    `path` is the path of `value`. `depth` is the number of levels of objects and arrays that it may
    have.
    """
    found = _find_inexact(value, depth)
    if found is None:
        return None
    return FieldError(path_of(reversed(found.keys), path), found.message)


class _Inexact(NamedTuple):
    """The error, and the names and indices that lead to the value, innermost first.

    Only the value with the error gets a path, because millions of values may come before it.
    """

    message: str
    keys: list[object]


def _find_inexact(value: object, depth: int) -> _Inexact | None:
    if isinstance(value, dict | list):
        return _find_inexact_item(value, depth) if depth else _Inexact(_TOO_DEEP, [])
    message = _inexactness(value)
    return _Inexact(message, []) if message else None


def _inexactness(value: object) -> str | None:
    """What is wrong with a value that is no object or array."""
    match value:
        case str() if not value.isascii() and replace_surrogates(value) != value:
            return UNPAIRED_SURROGATE
        case int() if not SMALLEST_INTEGER <= value <= LARGEST_INTEGER:
            return BEYOND_64_BITS
        case float() if not math.isfinite(value):
            return _NOT_FINITE
        case ChangedNumber():
            return _TOO_MANY_DIGITS if value else _TOO_SMALL
    return None


def _find_inexact_item(value: dict[str, object] | list[object], depth: int) -> _Inexact | None:
    if isinstance(value, dict):
        for name in value:
            if not name.isascii() and (found := _find_inexact(name, depth)):
                return found
        items: Iterable[tuple[object, object]] = value.items()
    else:
        items = enumerate(value)
    for key, item in items:
        if isinstance(item, str) and item.isascii():
            continue  # nearly every value of nearly every event
        if found := _find_inexact(item, depth - 1):
            found.keys.append(key)
            return found
    return None
