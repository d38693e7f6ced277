"""Looking up: where in a chain a time is, and an event by its id."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

from .errors import Unavailable, Unreadable
from .identifiers import time_of_uuid7
from .index.build import NEAR
from .index.candidates import Span, candidates_of
from .index.directory import Landmark
from .index.terms import id_term
from .ports import Ledger
from .reader import Reader
from .record import read_header, read_headers
from .search import first_sequence_since
from .segment import MAX_RECORDS, Segment, read_records
from .times import format_time

_NEAR_BYTES = 1024 * 1024
"""What is read on from the last landmark before looking for a better place: a page of a query."""

_FAR = 4_096
"""Sequences between two landmarks, too many to be read: halving takes twelve calls for these."""

_MOST_BYTES = 8 * 1024 * 1024
"""Of segments that are read to find one event."""


@dataclass(frozen=True, slots=True)
class Found:
    """An event's segment, and its sequence, which is in it."""

    segment: Segment
    sequence: int


def first_sequence_at(reader: Reader, workspace_id: str, time: int) -> int:
    """The sequence of the first record with created_at >= `time` (microseconds).

    One after the head's when there is none. Unreadable when the chain is damaged there.
    """
    following = 1
    for segment in _segments_near(reader, workspace_id, time):
        if time <= segment.first_created_at:
            return segment.first_sequence
        if time <= segment.last_created_at:
            headers = read_headers(read_records(segment))
            times = [header.created_at for header in headers]
            return segment.first_sequence + bisect_left(times, format_time(time))
        following = segment.last_sequence + 1
    return following


def find_event(reader: Reader, workspace_id: str, event_id: str) -> Found | None:
    """The event with this id, or None when the chain has none.

    Its id, a UUIDv7, has the time it was received; its created_at is not before that, and nearly
    always at once after it. Unavailable when it cannot be told within a bound whether a displaced
    event is there; Unreadable when the chain is damaged where it would be.
    """
    time = time_of_uuid7(event_id)
    if time is None:
        return None
    through = None
    for segment in _segments_near(reader, workspace_id, time):
        if segment.last_created_at < time:
            continue
        found = _find_in(segment, event_id)
        if found:
            return found
        through = through or segment.last_sequence + NEAR
        if segment.last_sequence >= through:
            return _find_displaced(reader, workspace_id, event_id, segment.last_sequence + 1)
    return None


def _find_in(segment: Segment, event_id: str) -> Found | None:
    written = f'"id":"{event_id}"'.encode()
    for sequence, record in enumerate(read_records(segment), segment.first_sequence):
        if written in record and read_header(record).id == event_id:
            return Found(segment, sequence)
    return None


def _segments_near(reader: Reader, workspace_id: str, time: int) -> Iterator[Segment]:
    """The segments around `time` (microseconds), in order.

    From one that begins before it, unless none does, to NEAR records after the first one of that
    time or later, or to the end of the chain.
    """
    ledger, places = reader.ledger, reader.directory.of(workspace_id)
    if not places.is_loaded:
        places.load(reader.index, workspace_id)
    low, high = places.around(time)
    if high is None:
        passed = 0
        for segment in _unbroken(workspace_id, ledger.ascending(workspace_id, low), low):
            places.learn(Landmark(segment.first_sequence, segment.first_created_at))
            yield segment
            if segment.last_created_at < time:
                passed += _stored_bytes(segment)
            if passed > _NEAR_BYTES:
                break
        else:
            return
    if high is None or high - low > _FAR:
        low, high = _narrow(reader, workspace_id, time)
    before = ledger.between(workspace_id, low, high - 1) if low < high else ()
    after = ledger.between(workspace_id, high, high + MAX_RECORDS + NEAR)
    for segment in _unbroken(workspace_id, chain(before, after), low):
        places.learn(Landmark(segment.first_sequence, segment.first_created_at))
        yield segment


def _narrow(reader: Reader, workspace_id: str, time: int) -> tuple[int, int]:
    """As `Places.around`, with what the index has learned since, or else by halving the chain."""
    ledger, places = reader.ledger, reader.directory.of(workspace_id)
    places.load(reader.index, workspace_id)
    low, high = places.around(time)
    if high is None:
        newest = ledger.newest(workspace_id)
        if newest is None:
            raise _missing(workspace_id, low)
        high = newest.first_sequence
        if time >= newest.first_created_at:
            low = high
    if high - low > _FAR:
        low = high = first_sequence_since(ledger, workspace_id, time, low, high)
    return low, high


def _find_displaced(reader: Reader, workspace_id: str, event_id: str, first: int) -> Found | None:
    """The event if it is at the sequence `first` or after, by the index or where that ends."""
    newest = reader.ledger.newest(workspace_id)
    last = newest.last_sequence if newest else 0
    spent = 0
    terms = [id_term(event_id)]
    for span in candidates_of(reader.index, workspace_id, terms, first, last):
        for segment in _segments_of(reader.ledger, workspace_id, span):
            found = _find_in(segment, event_id)
            if found:
                return found
            spent += _stored_bytes(segment)
            if spent > _MOST_BYTES:
                raise Unavailable(f"the index of {workspace_id} is too far behind its chain")
    return None


def _segments_of(ledger: Ledger, workspace_id: str, span: Span) -> Iterator[Segment]:
    """The segments that hold what is to be looked at in a span, newest first."""
    if span.sequences is None:
        yield from _read_down(ledger, workspace_id, span)
        return
    reached = span.last + 1
    for sequence in span.sequences:
        if sequence < reached:
            segment = ledger.containing(workspace_id, sequence)
            if segment is None or segment.last_sequence < sequence:
                raise _missing(workspace_id, sequence)
            yield segment
            reached = segment.first_sequence


def _read_down(ledger: Ledger, workspace_id: str, span: Span) -> Iterator[Segment]:
    expected = span.last
    for segment in ledger.descending(workspace_id, span.last, MAX_RECORDS):
        if segment.last_sequence < expected:
            break
        yield segment
        expected = segment.first_sequence - 1
        if expected < span.first:
            return
    raise _missing(workspace_id, expected)


def _unbroken(workspace_id: str, segments: Iterable[Segment], first: int) -> Iterator[Segment]:
    """The same segments. Unreadable unless they begin at `first` and follow each other."""
    following = first
    for segment in segments:
        if segment.first_sequence != following:
            raise _missing(workspace_id, following)
        yield segment
        following = segment.last_sequence + 1
    if following == first > 1:
        raise _missing(workspace_id, first)


def _missing(workspace_id: str, sequence: int) -> Unreadable:
    return Unreadable(f"the chain of {workspace_id} has no sequence {sequence}")


def _stored_bytes(segment: Segment) -> int:
    return len(segment.records) + len(segment.leaf_hashes)
