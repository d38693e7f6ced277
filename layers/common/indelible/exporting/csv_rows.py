"""CSV (RFC 4180): a row per event. No spreadsheet treats a cell as a formula."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, get_type_hints

import msgspec

from ..chain.fields import EventFields
from ..chain.record import Header
from ..chain.segment import Segment, read_records
from ..encoding import read_json
from ..errors import Unreadable
from ..verifying.segments import checked_event_hashes

NEUTRAL = "'"
"""Precedes every cell that begins with one of `ACTIVE` or with `NEUTRAL`. Readers drop one to get
the original cell."""

ACTIVE = frozenset("=+-@\t\r\n\0\uff1d\uff0b\uff0d\uff20\ufe62\ufe63\ufe64\ufe65\ufe66\ufe6b\u00a0")
"""First characters of a formula, from https://owasp.org/www-community/attacks/CSV_Injection. NUL is
from OWASP's ASVS 5.0, 1.2.10. Spreadsheets of East Asian locales also accept full-width = + - @,
and normalisation (NFKC) makes = + - @ of their small forms. A no-break space may be trimmed."""

RECORD_COLUMNS = (
    "id", "sequence", "created_at", "occurred_at", "actor_id", "actor_name", "actor_type",
    "action", "action_category", "resource", "resource_id", "resource_name", "tenant_id",
    "session_id", "ip_address", "user_agent", "idempotency_key", "version", "targets", "metadata",
)  # fmt: skip
"""The columns that have the value of the record's field of the same name."""

COLUMNS = (*RECORD_COLUMNS, "event_hash")
"""All columns; docs/exports.md describes each."""

_GUARDED = ACTIVE | {NEUTRAL}
_NOTHING = msgspec.Raw(b"null")


_OWN, _FIELDS = get_type_hints(Header), get_type_hints(EventFields)


def _column(name: str) -> tuple[str, Any] | tuple[str, Any, Any]:
    """The name of a column, its type in a record, and its default if it may be absent."""
    if name in _OWN:
        return name, _OWN[name]
    if name in {"targets", "metadata"}:
        return name, msgspec.Raw, _NOTHING  # the JSON of the record
    return name, _FIELDS[name] | None, None


_decode = msgspec.json.Decoder(
    msgspec.defstruct("Row", [_column(name) for name in RECORD_COLUMNS], gc=False)
).decode


class Rows(NamedTuple):
    """Some lines of the file, and the number of events in them."""

    text: str
    events: int


def header_line() -> str:
    """The first line of the file: the names of the columns."""
    return _write([COLUMNS])


def write_rows(
    segment: Segment, first: int, last: int, matches: Callable[[bytes], bool] | None
) -> Rows:
    """A row for each matching record from sequence `first` to `last`, both inclusive.

    Unreadable when the segment or one of its records is damaged, even if no row is from there: a
    record may not match because it was changed.
    """
    start = segment.first_sequence
    chosen = slice(max(0, first - start), max(0, last + 1 - start))
    records = read_records(segment)
    hashes = checked_event_hashes(segment, records)
    if hashes is None:
        raise Unreadable("the records do not match their hashes, places or times")
    cells = [
        [*read_json(_cells, record, "a record of an event"), event_hash.hex()]
        for record, event_hash in zip(records[chosen], hashes[chosen], strict=True)
        if matches is None or matches(record)
    ]
    return Rows(_write(cells), len(cells))


def _cells(record: bytes) -> list[str]:
    return [
        value if type(value) is str and value[:1] not in _GUARDED else _cell(value)
        for value in msgspec.structs.astuple(_decode(record))
    ]


def _cell(value: str | int | msgspec.Raw | None) -> str:
    """A value as text that no spreadsheet treats as a formula; empty for an absent value."""
    if value is None or value == _NOTHING:
        return ""
    text = bytes(value).decode() if isinstance(value, msgspec.Raw) else str(value)
    return NEUTRAL + text if text[:1] in _GUARDED else text


def _write(lines: Iterable[Iterable[str]]) -> str:
    """Lines with every cell in quotes, so that no separator or line break begins another cell.

    The standard library's writer takes three times as long.
    """
    quoted = ('","'.join([cell.replace('"', '""') for cell in line]) for line in lines)
    return "".join([f'"{line}"\r\n' for line in quoted])
