"""Looking up: where in a chain a time is, and an event by its id."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from ..chain.record import read_header
from ..chain.search import sequence_since, unbroken_descending
from ..chain.segment import Segment, read_records
from ..errors import Unavailable
from ..identifiers import time_of_uuid7
from ..index.candidates import Span, candidates_of
from ..index.terms import id_term
from .named_records import segments_naming
from .near import segments_near
from .reader import Reader


@dataclass(frozen=True, slots=True)
class Found:
    """An event's segment, and its sequence, which is in it."""

    segment: Segment
    sequence: int


def first_sequence_at(reader: Reader, workspace_id: str, time: int) -> int:
    """The sequence of the first record with created_at >= `time` (microseconds).

    One after the head's sequence when there is none. Unreadable when the chain is damaged there.
    """
    following = 1
    for segment in segments_near(reader, workspace_id, time):
        if time <= segment.last_created_at:
            return sequence_since(segment, time)
        following = segment.last_sequence + 1
    return following


def find_event(reader: Reader, workspace_id: str, event_id: str) -> Found | None:
    """The event with this id, or None when the chain has none.

    The id, a UUIDv7, holds the time at which the event was received. Its created_at is not before
    that time, and nearly always immediately after it. Unavailable when too much would have to be
    read to know whether the event was displaced; Unreadable when the chain is damaged where it
    would be.
    """
    time = time_of_uuid7(event_id)
    if time is None:
        return None
    through = None
    for segment in segments_near(reader, workspace_id, time):
        if segment.last_created_at < time:
            continue
        found = _find_in(segment, event_id)
        if found:
            return found
        through = through or segment.last_sequence + reader.index.geometry.near
        if segment.last_sequence >= through:
            return _find_displaced(reader, workspace_id, event_id, segment.last_sequence + 1)
    return None


def _find_in(segment: Segment, event_id: str) -> Found | None:
    written = f'"id":"{event_id}"'.encode()
    for sequence, record in enumerate(read_records(segment), segment.first_sequence):
        if written in record and read_header(record).id == event_id:
            return Found(segment, sequence)
    return None


def _find_displaced(reader: Reader, workspace_id: str, event_id: str, first: int) -> Found | None:
    """The event if it is at the sequence `first` or after, by the index or where that ends."""
    newest = reader.ledger.newest(workspace_id)
    last = newest.last_sequence if newest else 0
    spent = 0
    terms = [id_term(event_id)]
    for span in candidates_of(reader.index, workspace_id, terms, first, last):
        for segment in _segments_of(reader, workspace_id, span):
            found = _find_in(segment, event_id)
            if found:
                return found
            spent += segment.stored_bytes
            if spent > reader.sizes.displaced_bytes:
                raise Unavailable(f"the index of {workspace_id} is too far behind its chain")
    return None


def _segments_of(reader: Reader, workspace_id: str, span: Span) -> Iterator[Segment]:
    """The segments that hold a span's candidates, newest first."""
    if span.sequences is None:
        page_size = reader.index.geometry.segment_records
        ledger, first, last = reader.ledger, span.first, span.last
        yield from unbroken_descending(ledger, workspace_id, first, last, page_size)
        return
    named = segments_naming(reader, workspace_id, span.sequences)
    for _, same in groupby(named, key=lambda each: each[1].first_sequence):
        yield next(same)[1]
