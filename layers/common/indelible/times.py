"""Times: microseconds since 1970 UTC inside, ISO 8601 with six fractional digits outside.

Only `occurred_at`, a client's time, may have nine.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from operator import itemgetter

SECOND = 1_000_000
"""Microseconds per second."""

MILLISECOND = 1_000
"""Microseconds per millisecond."""

LATEST = 253_402_300_799_999_999
"""The last microsecond of the year 9999: ISO 8601 writes later years with more than four digits."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
EARLIEST = (datetime.min.replace(tzinfo=UTC) - _EPOCH) // _MICROSECOND
"""The first microsecond of the year 1."""

_hour = itemgetter(slice(0, 13))
"""The beginning of a time, up to its hour. Faster than a slice."""

_LINE = b"0000-00-00T00:00:00.000000Z\n"
_TENS_OF_MINUTES = slice(14, None, len(_LINE))
_TENS_OF_SECONDS = slice(17, None, len(_LINE))
_ZEROS = bytes.maketrans(b"123456789", b"000000000")
_ISO_8601 = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(?::\d\d(?:[.,](\d+))?)?"
    r"([Zz]|[+-]\d\d(?::?[0-5]\d)?)?",
    re.ASCII,
)
_SIX, _NINE = 6, 9
"""Fractional digits of a microsecond and of a nanosecond."""

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_SPACE_FOR_PLUS = re.compile(r" (?=\d\d(?::?[0-5]\d)?\Z)", re.ASCII)


def format_time(microseconds: int) -> str:
    """Write a time as `2026-11-23T20:23:08.000001Z`. It must be in the years 1 to 9999."""
    second, fraction = divmod(microseconds, SECOND)
    return f"{_format_second(second)}.{fraction:06d}Z"


def format_seconds(seconds: int) -> str:
    """Write a time in whole seconds as `2026-11-23T20:23:08Z`; `second N` after the year 9999."""
    try:
        return f"{_format_second(seconds)}Z"
    except OverflowError:  # a log or a witness may write any time
        return f"second {seconds}"


@lru_cache(maxsize=256)
def _format_second(second: int) -> str:
    return (_EPOCH + timedelta(seconds=second)).isoformat()[:19]


def are_canonical(texts: Sequence[str]) -> bool:
    """Whether each text is as `format_time` writes it. Such texts sort in the order of time."""
    lines = "\n".join([*texts, ""]).encode()
    return (
        lines.translate(_ZEROS) == _LINE * len(texts)  # as many line feeds as texts: none is in one
        and not (lines[_TENS_OF_MINUTES] + lines[_TENS_OF_SECONDS]).translate(None, b"012345")
        and all(map(_exists, _hours(texts, lines)))
    )


def _hours(texts: Sequence[str], lines: bytes) -> set[str]:
    """The hours of texts, which `lines` has as lines. Nearly always all are of one hour."""
    first = set(map(_hour, texts[:1]))
    if all(lines.count(each.encode()) == len(texts) for each in first):
        return first
    return set(map(_hour, texts))


def _exists(hour: str) -> bool:
    """Whether this hour exists. Some Python versions read 24:00 as the next day."""
    try:
        return datetime.fromisoformat(f"{hour}:00:00").isoformat() == f"{hour}:00:00"
    except ValueError:
        return False


def parse_time(text: str) -> int:
    """Read what `format_time` wrote. ValueError for anything else."""
    try:
        microseconds = _since_epoch(datetime.fromisoformat(text))
    except (ValueError, TypeError):  # TypeError: a time without a zone
        microseconds = None
    if microseconds is None or format_time(microseconds) != text:
        raise ValueError("not a time in UTC with six fractional digits")
    return microseconds


def in_utc(text: str) -> str:
    """Write a client's ISO 8601 date and time in UTC. ValueError says what to change.

    The result has six fractional digits, or nine if more than six count. No digit is lost.
    """
    microseconds, rest = _read_iso_8601(text)
    written = format_time(microseconds)
    return f"{written[:-1]}{rest:03d}Z" if rest else written


def parse_iso_8601(text: str) -> int:
    """Read a client's ISO 8601 date and time in microseconds. ValueError says what to change."""
    microseconds, rest = _read_iso_8601(text)
    if rest:
        raise ValueError("must have at most six fractional digits (microseconds); cut the others")
    return microseconds


def _read_iso_8601(text: str) -> tuple[int, int]:
    """A client's time in microseconds, and the nanoseconds after them.

    ValueError says what to change. The zone is required, because a local time names no instant.
    More than nine fractional digits are refused, even zeros.
    """
    match = _ISO_8601.fullmatch(text)
    if match is None:
        raise ValueError(
            "must be an ISO 8601 date and time; send text such as 2026-03-02T10:15:30Z"
        )
    fraction, zone = match.groups()
    if zone is None:
        raise ValueError("must have a time zone; add Z or an offset such as +02:00")
    fraction = fraction or ""
    if len(fraction) > _NINE:
        raise ValueError("must have at most nine fractional digits; cut the others")
    kept = text.upper().replace(",", ".")
    if len(fraction) not in {0, 3, _SIX}:
        kept = kept.replace("." + fraction, "." + fraction[:_SIX].ljust(_SIX, "0"))
    if kept.startswith("24", 11):  # some Python versions read it as the next day
        raise ValueError(_correction(text, zone))
    try:
        microseconds = _since_epoch(datetime.fromisoformat(kept))
    except ValueError:
        raise ValueError(_correction(text, zone)) from None
    if not EARLIEST <= microseconds <= LATEST:
        raise ValueError("must be in the years 1 to 9999 in UTC; correct the year")
    return microseconds, int(fraction[_SIX:].ljust(3, "0")) if len(fraction) > _SIX else 0


def _correction(text: str, zone: str) -> str:
    """What to change in a text of the right shape whose time does not exist."""
    if text[11:13] > "23":
        return "must have an hour of 00 to 23; write midnight as 00:00 of the next day"
    if text[14:16] > "59":
        return "must have a minute of 00 to 59; correct the minute"
    if text[16:17] == ":" and text[17:19] > "59":
        return "must have a second of 00 to 59; write a leap second as the second before it"
    if zone[1:3] > "23":
        return "must have an offset of less than 24 hours; send one such as +02:00"
    return "must be a date that exists; correct the year, month or day"


def parse_bound(text: str, *, is_end: bool) -> int:
    """Read a client's bound of time, as `parse_iso_8601` does. ValueError says what to change.

    A date alone is its whole day in UTC: its first microsecond, or its last one if it `is_end`.
    """
    if _DAY.fullmatch(text):
        first = parse_iso_8601(f"{text}T00:00:00Z")
        return first + 24 * 60 * 60 * SECOND - 1 if is_end else first
    try:
        return parse_iso_8601(text)
    except ValueError:
        if _ISO_8601.fullmatch(_SPACE_FOR_PLUS.sub("+", text)) and not _ISO_8601.fullmatch(text):
            raise ValueError(
                "has a space where its offset begins; in a URL, write + as %2B"
            ) from None
        if not _ISO_8601.fullmatch(text):
            raise ValueError(
                "must be a date such as 2026-03-02, or an ISO 8601 date and time such as"
                " 2026-03-02T10:15:30Z"
            ) from None
        raise


def _since_epoch(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND
