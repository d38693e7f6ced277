"""Metadata: the values at a path, and every text in it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from ..chain.fields import MAX_DEPTH
from ..encoding import replace_surrogates
from ..errors import ValidationFailed

PREFIX = "metadata."
"""The beginning of the name of a filter by metadata."""

MAX_NAME = 1_024
"""Maximum length of the name of a filter by metadata, in characters."""

MAX_SHOWN = 64
"""Maximum characters of a filter's name that an error shows, because a client chooses it."""

_PATH = re.compile(r"(?:[^.\\]|\\[.\\])+(?:\.(?:[^.\\]|\\[.\\])+)*", re.DOTALL)
_PART = re.compile(r"(?:[^.\\]|\\.)+", re.DOTALL)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_encode = msgspec.json.Encoder().encode


def shown_name(name: str) -> str:
    """The name of a filter as an error shows it."""
    return replace_surrogates(name)[:MAX_SHOWN]


def read_path(name: str) -> list[str]:
    """The names of a path such as `metadata.a.b`, without `metadata`. Raises ValidationFailed."""
    path, shown = name.removeprefix(PREFIX), shown_name(name)
    if len(name) > MAX_NAME:
        raise ValidationFailed(f"`{shown}…` must have at most {MAX_NAME} characters in its name.")
    if _PATH.fullmatch(path) is None:
        raise ValidationFailed(
            f"`{shown}` must have a name after each dot, as in `metadata.a.b`. Write"
            r" a dot inside a name as `\.`, and a backslash as `\\`."
        )
    parts = [_ESCAPE.sub(r"\1", part) for part in _PART.findall(path)]
    if len(parts) >= MAX_DEPTH:
        raise ValidationFailed(f"`{shown}` is deeper than the metadata of any event.")
    return parts


def texts_at(metadata: Any, path: Iterable[str]) -> Iterator[str]:
    """Every string, number, boolean and null at a path, as text. An array stands for its elements.

    A string is its own text; of the others it is their JSON text.
    """
    found = [metadata]
    for name in path:
        found = [each[name] for each in _elements(found) if isinstance(each, dict) and name in each]
    for value in _elements(found):
        if not isinstance(value, dict):
            yield text_of(value)


def text_of(scalar: str | float | bool | None) -> str:
    """A string, number, boolean or null as filters compare it."""
    return scalar if isinstance(scalar, str) else _encode(scalar).decode()


def _elements(values: list[Any]) -> Iterator[Any]:
    """The values, and of an array its elements instead, however deep."""
    left = values[::-1]
    while left:
        value = left.pop()
        if isinstance(value, list):
            left += value[::-1]
        else:
            yield value


def all_texts(metadata: Any) -> list[str]:
    """Every name, string, number and boolean in a JSON value, as text."""
    texts, left = list[str](), [metadata]
    while left:
        value = left.pop()
        if isinstance(value, str):
            texts.append(value)
        elif isinstance(value, dict):
            texts += value
            left += value.values()
        elif isinstance(value, list):
            left += value
        elif value is not None:
            texts.append(text_of(value))
    return texts
