"""The table's stream: which chains have grown, and up to where they are complete."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .table import text_of

CHAIN, SEGMENT = "CHAIN#", "SEGMENT#"


def chained_before(records: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Up to which sequence each workspace's chain is complete, from the keys of new segments.

    When a segment is there, all before it are. Records of other items are left out.
    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_StreamRecord.html
    """
    last: dict[str, int] = {}
    for record in records:
        keys = record["dynamodb"]["Keys"]
        owner, place = text_of(keys, "pk"), text_of(keys, "sk")
        digits = place.removeprefix(SEGMENT)
        if owner.startswith(CHAIN) and digits != place and digits.isascii() and digits.isdigit():
            workspace_id = owner.removeprefix(CHAIN)
            last[workspace_id] = max(last.get(workspace_id, 0), int(digits) - 1)
    return last
