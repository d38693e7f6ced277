"""Arguments as text: JSON bodies, query strings, times."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from urllib.parse import quote

from .errors import InvalidArgument

LEVELS = 32
COMPRESS_FROM = 1024  # bytes; smaller bodies fit one packet anyway


def json_body(value: object) -> bytes:
    """Return compact JSON. Raises InvalidArgument for a value that JSON does not have."""
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return text.encode()
    except (TypeError, ValueError, RecursionError) as error:
        place = _place_of_fault(value)
        raise InvalidArgument(f"{place}: JSON cannot carry this value: {_reason(error)}.") from None


def _reason(error: Exception) -> str:
    """What is wrong, without the value: a UnicodeEncodeError or ValueError could show it."""
    if isinstance(error, UnicodeEncodeError):
        return "the text has half of a surrogate pair"
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    return str(error).partition(":")[0]


def _place_of_fault(value: object, levels: int = LEVELS) -> str:
    """The path of the first value that cannot be encoded, such as `events.3.metadata.at`.

    It has at most so many levels, because an object may contain itself.
    """
    if not levels:
        return "the body"
    inner: Sequence[tuple[object, object]] = ()
    if isinstance(value, dict):
        inner = list(value.items())
    elif isinstance(value, (list, tuple)):
        inner = list(enumerate(value))
    for name, each in inner:
        try:
            json.dumps({name: each}, ensure_ascii=False, allow_nan=False).encode()
        except RecursionError:
            return str(name)
        except (TypeError, ValueError):
            below = _place_of_fault(each, levels - 1)
            return f"{name}.{below}" if below != "the body" else str(name)
    return "the body"


def compressed(body: bytes) -> tuple[bytes, dict[str, str]]:
    """Return the body as it is sent, and the header that says so. Equal bodies stay equal."""
    if len(body) < COMPRESS_FROM:
        return body, {}
    return gzip.compress(body, compresslevel=6, mtime=0), {"Content-Encoding": "gzip"}


def segment(name: str) -> str:
    """Return an id as one segment of a path."""
    if name in {"", ".", ".."}:
        raise InvalidArgument("The id is empty. Pass the id of an event or of an export.")
    return quote(name, safe="")


def filters(given: Mapping[str, Any], known: type) -> dict[str, Any]:
    """Return the filters under the API's names, without those that are None.

    Raises TypeError for a name that `known`, a TypedDict, does not have.
    """
    for name in given:
        if name not in known.__annotations__:
            raise TypeError(f"{name!r} is not an argument of this call")
    found: dict[str, Any] = {}
    for name, value in given.items():
        if name == "metadata":
            paths = (value or {}).items()
            found.update({f"metadata.{path}": _metadata_text(each) for path, each in paths})
        elif value is not None:
            api_name = name.removesuffix("_date")
            found[api_name] = time_text(name, value) if isinstance(value, date) else value
    return found


def query(parameters: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return parameters as pairs of text. A list is a repeated parameter."""
    return tuple(
        (name, _query_text(each))
        for name, value in parameters.items()
        for each in ([value] if isinstance(value, (str, int)) else value)
    )


def _query_text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _metadata_text(value: object) -> str:
    """A string as it is, anything else as JSON, as the filter compares it."""
    return value if isinstance(value, str) else json_body(value).decode()


def time_text(name: str, value: date) -> str:
    """Return ISO 8601. Raises InvalidArgument for a datetime without a time zone."""
    if isinstance(value, datetime) and value.utcoffset() is None:
        raise InvalidArgument(f"{name}: the datetime has no time zone. Use datetime.timezone.utc.")
    return value.isoformat()
