"""The table's stream: which chains have grown, and which of their segments were changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .table import text_of

CHAIN, SEGMENT = "CHAIN#", "SEGMENT#"
_INSERT = "INSERT"


def chained_before(records: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Up to which sequence each workspace's chain is complete, from the keys of new segments.

    When a segment is there, all before it are. Records of other items are left out.
    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_Record.html
    """
    last: dict[str, int] = {}
    for name, workspace_id, first in _segments(records):
        if name == _INSERT:
            last[workspace_id] = max(last.get(workspace_id, 0), first - 1)
    return last


def changed_segments(records: Iterable[Mapping[str, Any]]) -> dict[str, set[int]]:
    """Where the segments of each workspace begin that were changed or removed.

    The writer never does either. Nor does a put of what is there already make a record.
    """
    changed: dict[str, set[int]] = {}
    for name, workspace_id, first in _segments(records):
        if name != _INSERT:
            changed.setdefault(workspace_id, set()).add(first)
    return changed


def _segments(records: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, str, int]]:
    """What happened, to whose chain, and the first sequence of the segment."""
    for record in records:
        keys = record["dynamodb"]["Keys"]
        owner, place = text_of(keys, "pk"), text_of(keys, "sk")
        digits = place.removeprefix(SEGMENT)
        if owner.startswith(CHAIN) and digits != place and digits.isascii() and digits.isdigit():
            yield record["eventName"], owner.removeprefix(CHAIN), int(digits)
