"""Names that we give: event ids, workspace ids."""

from __future__ import annotations

import re
import secrets
import string
from functools import lru_cache

from .times import LATEST

_WORKSPACE_ID = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_UUIDS = re.compile(r"(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})*", re.ASCII)
_UUID_LENGTH = 36
_UUID7 = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.ASCII
)
ALPHANUMERIC = string.ascii_letters + string.digits
UUID_ENTROPY_BYTES = 10


def uuid7(milliseconds: int, entropy: bytes) -> str:
    """A UUID version 7 (RFC 9562, section 5.7) of that time and those 10 random bytes."""
    high, low = int.from_bytes(entropy[:2]) & 0x0FFF, int.from_bytes(entropy[2:]) >> 2
    value = milliseconds << 80 | 0x7 << 76 | high << 64 | 0b10 << 62 | low
    digits = f"{value:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def time_of_uuid7(text: str) -> int | None:
    """The time in a UUID version 7, in microseconds, to the millisecond.

    None when it is no such UUID in lower case, or one of a year after 9999.
    """
    if not _UUID7.fullmatch(text):
        return None
    time = int(text[:8] + text[9:13], 16) * 1_000
    return time if time <= LATEST else None


def is_uuid7_of(uuid: str, microseconds: int) -> bool:
    """Whether a UUID in its lower-case form is of version 7 and has this time's millisecond."""
    return uuid.startswith(_uuid7_start(microseconds // 1_000)) and uuid[19] in "89ab"


@lru_cache(maxsize=256)
def _uuid7_start(milliseconds: int) -> str:
    digits = f"{milliseconds:012x}"
    return f"{digits[:8]}-{digits[8:]}-7"


def are_uuids(texts: list[str]) -> bool:
    """Whether each text is a UUID in its lower-case form."""
    return _UUIDS.fullmatch("".join(texts)) is not None and {*map(len, texts)} <= {_UUID_LENGTH}


def new_workspace_id() -> str:
    """A random workspace id, such as `ws_4kT9mQ2vXbN7cRd1`."""
    return "ws_" + "".join(secrets.choice(ALPHANUMERIC) for _ in range(16))


def is_workspace_id(text: str) -> bool:
    """Whether `text` can name a workspace: 1 to 64 letters, digits, `_` and `-`."""
    return _WORKSPACE_ID.fullmatch(text) is not None
