"""Verifying: recomputes every hash of a chain from its records' bytes, in one pass.

Memory holds one segment at a time, whatever the length of the chain.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import accumulate
from operator import ge, lt

from ..chain.hashes import EMPTY, Head, event_hash, leaf_hash
from ..chain.record import Header, read_header, read_headers
from ..chain.segment import Damaged, Segment, read_records, split_leaf_hashes
from ..errors import Unreadable
from ..times import are_canonical, format_time


class BreakType(StrEnum):
    """What can be wrong."""

    HASH_MISMATCH = "hash_mismatch"
    CHAIN_BREAK = "chain_break"
    SEQUENCE_GAP = "sequence_gap"
    TIME_ORDER = "time_order"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Break:
    """One place where the chain is not what it must be; `event_id` where the record tells it."""

    type: BreakType
    sequence: int
    event_id: str | None
    expected: str | None
    actual: str | None


@dataclass(frozen=True, slots=True)
class Step:
    """What one segment came to: its records, what is wrong in it, and the chain's head after it."""

    events: int
    breaks: tuple[Break, ...]
    head: Head


def verify(
    workspace_id: str, segments: Iterable[Segment | Damaged], start: Head = EMPTY
) -> Iterator[Step]:
    """Check segments in order against the chain that ends at `start`; a step for each.

    After a break, checking goes on from what the segment says of itself, so that each later break
    is one of its own. Found are: changed, removed, inserted and swapped records and segments. A
    cut-off end is not: compare the last head with one you have kept.
    """
    head = start
    for segment in segments:
        if isinstance(segment, Damaged):
            sequence = segment.first_sequence or head.sequence + 1
            yield Step(
                0, (Break(BreakType.UNREADABLE, sequence, None, None, segment.reason),), head
            )
            continue
        breaks = [*_check_place(segment, head), *_check_records(workspace_id, segment, head)]
        head = segment.head
        yield Step(segment.count, tuple(breaks), head)


def _check_place(segment: Segment, head: Head) -> Iterator[Break]:
    """Whether the segment begins where the chain ended."""
    first = segment.first_sequence
    if first != head.sequence + 1:
        yield Break(BreakType.SEQUENCE_GAP, first, None, str(head.sequence + 1), str(first))
    if segment.previous_event_hash != head.event_hash:
        yield _chain_break(first, head.event_hash, segment.previous_event_hash)


def _check_records(workspace_id: str, segment: Segment, head: Head) -> list[Break]:
    """Whether the records are what was hashed, in their places, and link to the segment's hash."""
    try:
        records, leaves = read_records(segment), split_leaf_hashes(segment)
    except Unreadable as error:
        return [Break(BreakType.UNREADABLE, segment.first_sequence, None, None, str(error))]
    if _all_right(workspace_id, segment, head, records):
        return []
    return _find_breaks(workspace_id, segment, head, records, leaves)


def _all_right(workspace_id: str, segment: Segment, head: Head, records: list[bytes]) -> bool:
    """Whether `_find_breaks` would find none: the same checks, each over all records at once."""
    try:
        headers = read_headers(records)
    except Unreadable:
        return False
    leaves = [*map(leaf_hash, records)]
    *_, link = accumulate(leaves, event_hash, initial=segment.previous_event_hash)
    times = [header.created_at for header in headers]
    received = [header.received_at for header in headers]
    sequences = range(segment.first_sequence, segment.first_sequence + segment.count)
    return (
        b"".join(leaves) == segment.leaf_hashes
        and link == segment.event_hash
        and [header.sequence for header in headers] == [*sequences]
        and {header.workspace_id for header in headers} == {workspace_id}
        and all(map(lt, [format_time(head.created_at), *times], times))
        and all(map(ge, times, received))
        and are_canonical(times + received)
        and times[0] == format_time(segment.first_created_at)
        and times[-1] == format_time(segment.last_created_at)
    )


def _find_breaks(
    workspace_id: str, segment: Segment, head: Head, records: list[bytes], leaves: list[bytes]
) -> list[Break]:
    """What is wrong, record by record."""
    breaks: list[Break] = []
    link, earlier = segment.previous_event_hash, format_time(head.created_at)
    sequence, first_created_at = segment.first_sequence, None
    for record, leaf in zip(records, leaves, strict=True):
        link = event_hash(link, leaf)
        try:
            header = read_header(record)
        except Unreadable as error:
            breaks.append(Break(BreakType.UNREADABLE, sequence, None, None, str(error)))
        else:
            created_at = header.created_at
            first_created_at = first_created_at or created_at
            if (
                leaf_hash(record) != leaf
                or header.sequence != sequence
                or header.workspace_id != workspace_id
                or not earlier < created_at >= header.received_at
                or not are_canonical([created_at, header.received_at])
            ):
                breaks += _explain(workspace_id, sequence, header, earlier, record, leaf)
            earlier = created_at
        sequence += 1
    if link != segment.event_hash:
        breaks.append(_chain_break(segment.last_sequence, segment.event_hash, link))
    breaks += _check_times(segment, first_created_at, earlier)
    return breaks


def _check_times(segment: Segment, first: str | None, last: str) -> Iterator[Break]:
    """Whether the segment says the times of its records; the writer's look-up relies on it."""
    for sequence, said, actual in (
        (segment.first_sequence, format_time(segment.first_created_at), first),
        (segment.last_sequence, format_time(segment.last_created_at), last),
    ):
        if said != actual:
            yield Break(BreakType.TIME_ORDER, sequence, None, said, actual)


def _explain(
    workspace_id: str, sequence: int, header: Header, earlier: str, record: bytes, leaf: bytes
) -> Iterator[Break]:
    """What exactly is wrong with a record that has been found wrong."""
    actual_leaf = leaf_hash(record)
    if actual_leaf != leaf:
        yield Break(BreakType.HASH_MISMATCH, sequence, header.id, leaf.hex(), actual_leaf.hex())
    if (header.workspace_id, header.sequence) != (workspace_id, sequence):
        expected = f"{workspace_id} {sequence}"
        actual = f"{header.workspace_id} {header.sequence}"
        yield Break(BreakType.SEQUENCE_GAP, sequence, header.id, expected, actual)
    created_at, received_at = header.created_at, header.received_at
    if not earlier < created_at >= received_at or not are_canonical([created_at, received_at]):
        expected = f"later than {earlier}, not before {received_at}"
        yield Break(BreakType.TIME_ORDER, sequence, header.id, expected, created_at)


def _chain_break(sequence: int, expected: bytes, actual: bytes) -> Break:
    return Break(BreakType.CHAIN_BREAK, sequence, None, expected.hex(), actual.hex())
