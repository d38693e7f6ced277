"""Shapes: the kinds of events there are here, and what their mappings share."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

Source = dict[str, Any]
Event = dict[str, Any]
Mapping = Callable[[Source], Event]

_SAMPLES = Path(__file__).with_name("samples")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def sample(name: str) -> Source:
    """The sample event of a kind."""
    source: Source = json.loads(sample_text(name))
    return source


def sample_text(name: str) -> str:
    """The sample event of a kind as JSON."""
    return (_SAMPLES / f"{name}.json").read_text()


def sample_names() -> set[str]:
    """The kinds that have a sample."""
    return {path.stem for path in _SAMPLES.glob("*.json")}


def from_seconds(seconds: float | str) -> str:
    """ISO 8601 text of a time in seconds since 1970, such as 1772446530 or `1772446530.123`."""
    return from_nanoseconds(int(Decimal(str(seconds)).scaleb(9)))


def from_milliseconds(milliseconds: int) -> str:
    """ISO 8601 text of a time in milliseconds since 1970."""
    return from_nanoseconds(milliseconds * 10**6)


def from_nanoseconds(nanoseconds: int) -> str:
    """ISO 8601 text of a time in nanoseconds since 1970."""
    seconds, rest = divmod(nanoseconds, 10**9)
    return f"{(_EPOCH + timedelta(seconds=seconds)).isoformat()[:19]}.{rest:09d}Z"


def in_documented_utc(text: str) -> str:
    """A time without a zone whose product documents that it is UTC."""
    return f"{text}Z"
