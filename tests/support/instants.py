"""Instants: times to the nanosecond, read apart from the code under test."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

_FRACTION = re.compile(r"[.,](\d{1,9})")


def nanoseconds(text: str) -> int:
    """The nanoseconds since 1970 of an ISO 8601 date and time with a zone."""
    fraction = _FRACTION.search(text)
    second = datetime.fromisoformat(_FRACTION.sub("", text).upper())
    seconds = (second - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(seconds=1)
    return seconds * 10**9 + int(fraction[1].ljust(9, "0") if fraction else 0)
