"""The range of an export file. It is fixed before the first record is written, with few reads."""

from __future__ import annotations

from ..chain.hashes import EMPTY, GENESIS, Head
from ..chain.ledger import Ledger
from ..chain.search import first_sequence_since, segment_holding
from ..chain.segment import Segment, event_hashes_of
from ..errors import Unreadable
from ..export_file.manifest import Manifest
from ..filters import Filters
from ..times import LATEST, format_time


def make_manifest(ledger: Ledger, workspace_id: str, filters: Filters, now: int) -> Manifest:
    """Fix the range of an export: the records between the times of the filters.

    `now` is in microseconds. Without times a chain can always be exported, up to its last readable
    segment. Raises Unreadable when there are times and the chain is damaged where they are.
    """
    damage = None
    try:
        newest = ledger.newest(workspace_id)
        first, before, head = _range(ledger, newest, filters)
    except Unreadable as error:
        if filters.start > 0 or filters.end < LATEST:
            raise Unreadable(f"{error}; export the chain without `from` and `to`") from None
        newest, damage = _last_readable(ledger, workspace_id)
        first, before, head = _range(ledger, newest, filters)
    return Manifest(workspace_id, first, before, head, filters.as_json(), format_time(now), damage)


def _last_readable(ledger: Ledger, workspace_id: str) -> tuple[Segment | None, str | None]:
    """The last readable segment, and why the next one is unreadable. Reads the whole chain."""
    readable, damage = None, None
    for part in ledger.stored(workspace_id, 1):
        if isinstance(part, Segment):
            readable, damage = part, None
        else:
            damage = damage or part.reason
    return readable, damage


def _range(ledger: Ledger, newest: Segment | None, filters: Filters) -> tuple[int, bytes, Head]:
    """The first sequence, the event hash before it, and the head."""
    if newest is None:
        return 1, GENESIS, EMPTY
    first = first_sequence_since(ledger, newest, filters.start)
    last = first_sequence_since(ledger, newest, filters.end + 1) - 1
    before = _event_hash_at(ledger, newest, first - 1)
    last = max(last, first - 1)
    return first, before, Head(last, _event_hash_at(ledger, newest, last), 0)


def _event_hash_at(ledger: Ledger, newest: Segment, sequence: int) -> bytes:
    """The event hash of a record, from which the file is verified, or up to it.

    Within a segment it is computed from the records. Raises Unreadable if they do not give the
    segment's event hash, because the chain never had such a hash then.
    """
    if sequence == 0:
        return GENESIS
    segment = newest
    if sequence != newest.last_sequence:
        segment = segment_holding(ledger, newest.workspace_id, sequence)
    if sequence == segment.last_sequence:
        return segment.event_hash
    hashes = event_hashes_of(segment)
    if hashes[-1] != segment.event_hash:
        raise Unreadable(f"the segment at {segment.first_sequence} was changed")
    return hashes[sequence - segment.first_sequence]
