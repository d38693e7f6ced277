"""Identifiers that the service gives: event ids and workspace ids."""

from __future__ import annotations

import re
import secrets
import string
from collections.abc import Iterable

from .times import LATEST

_WORKSPACE_ID = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_UUID_LENGTH = 36
_UUID_TIME_END = 13
_UUID7_PATTERN = r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
_UUID7 = re.compile(_UUID7_PATTERN, re.ASCII)
_UUID7S = re.compile(f"(?:{_UUID7_PATTERN})*", re.ASCII)
ALPHANUMERIC = string.ascii_letters + string.digits
UUID_ENTROPY_BYTES = 10


def uuid7(milliseconds: int, entropy: bytes) -> str:
    """A UUID version 7 (RFC 9562, section 5.7) made from a time and 10 random bytes."""
    high, low = int.from_bytes(entropy[:2]) & 0x0FFF, int.from_bytes(entropy[2:]) >> 2
    value = milliseconds << 80 | 0x7 << 76 | high << 64 | 0b10 << 62 | low
    digits = f"{value:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def time_of_uuid7(text: str) -> int | None:
    """The time in a UUID version 7, in microseconds, to the millisecond.

    None when the text is not a UUID version 7 in lower case, or its year is after 9999.
    """
    if not is_uuid7(text):
        return None
    time = int(text[:8] + text[9:13], 16) * 1_000
    return time if time <= LATEST else None


def is_uuid7(text: str) -> bool:
    """Whether the text is a UUID version 7 in lower case."""
    return _UUID7.fullmatch(text) is not None


def are_uuid7s_of(times_of: Iterable[tuple[str, int]]) -> bool:
    """Whether each text is a UUID version 7, in lower case, whose time is the given one.

    Times are in microseconds, and must be whole milliseconds: an id has only one time. Each
    millisecond is checked once, since most events share one.
    """
    pairs = [*times_of]
    if not _UUID7S.fullmatch("".join([text for text, _ in pairs])):
        return False
    if {len(text) for text, _ in pairs} != {_UUID_LENGTH}:
        return False
    starts = {(text[:_UUID_TIME_END], time) for text, time in pairs}
    return all(time % 1_000 == 0 and start == _uuid_start(time) for start, time in starts)


def _uuid_start(time: int) -> str:
    digits = f"{time // 1_000:012x}"
    return f"{digits[:8]}-{digits[8:]}"


def new_workspace_id() -> str:
    """A random workspace id, such as `ws_4kT9mQ2vXbN7cRd1`."""
    return "ws_" + "".join(secrets.choice(ALPHANUMERIC) for _ in range(16))


def is_workspace_id(text: str) -> bool:
    """Whether `text` can name a workspace: 1 to 64 letters, digits, `_` and `-`."""
    return _WORKSPACE_ID.fullmatch(text) is not None
