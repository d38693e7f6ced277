"""The table's change stream: which chains have grown, and which segments were changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .table import text_of

CHAIN, SEGMENT = "CHAIN#", "SEGMENT#"
_INSERT = "INSERT"


def chained_before(records: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Return, for each workspace with a new segment, the last sequence before that segment.

    A segment is only put after all segments before it, so the chain is complete up to there. Stream
    records of other items are ignored.
    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_Record.html
    """
    last: dict[str, int] = {}
    for name, workspace_id, first in _segments(records):
        if name == _INSERT:
            last[workspace_id] = max(last.get(workspace_id, 0), first - 1)
    return last


def changed_segments(records: Iterable[Mapping[str, Any]]) -> dict[str, set[int]]:
    """Return, for each workspace, the first sequences of segments that were changed or removed.

    The writer never changes or removes a segment. A put that changes nothing makes no stream
    record.
    """
    changed: dict[str, set[int]] = {}
    for name, workspace_id, first in _segments(records):
        if name != _INSERT:
            changed.setdefault(workspace_id, set()).add(first)
    return changed


def touched_segments(records: Iterable[Mapping[str, Any]]) -> dict[str, set[int]]:
    """Return, for each workspace, the first sequences of segments put, changed or removed."""
    touched: dict[str, set[int]] = {}
    for _, workspace_id, first in _segments(records):
        touched.setdefault(workspace_id, set()).add(first)
    return touched


def _segments(records: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, str, int]]:
    """Yield (event name, workspace id, first sequence) for each segment's stream record."""
    for record in records:
        keys = record["dynamodb"]["Keys"]
        owner, place = text_of(keys, "pk"), text_of(keys, "sk")
        digits = place.removeprefix(SEGMENT)
        if owner.startswith(CHAIN) and digits != place and digits.isascii() and digits.isdigit():
            yield record["eventName"], owner.removeprefix(CHAIN), int(digits)
