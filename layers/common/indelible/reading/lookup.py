"""Looking up: where in a chain a time is, and an event by its id."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

from ..chain.ledger import Ledger
from ..chain.record import read_header, read_headers
from ..chain.search import first_sequence_since, missing, segment_holding
from ..chain.segment import MAX_RECORDS, Segment, read_records
from ..errors import Unavailable
from ..identifiers import time_of_uuid7
from ..index.candidates import Span, candidates_of
from ..index.directory import Landmark
from ..index.terms import id_term
from ..times import format_time
from .reader import Reader

_NEAR_BYTES = 1024 * 1024
"""What is read on from the last landmark before looking for a better place: a page of a query."""

_FAR = 4_096
"""Sequences between two landmarks, too many to be read. Halving a chain of ten million events takes
about twenty calls."""

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


class _Misled(Exception):
    """The chain is not as the directory says; no segment of `time` or later has been passed."""


def _segments_near(reader: Reader, workspace_id: str, time: int) -> Iterator[Segment]:
    """The segments around `time` (microseconds), in order, as far as they are taken.

    From one that begins at `time` or before, unless none does, to the end of the chain. What the
    directory says is only where to begin: it is checked there, and forgotten if it was wrong.
    """
    try:
        yield from _segments_by_directory(reader, workspace_id, time)
    except _Misled:
        reader.directory.forget(workspace_id)
        yield from _segments_by_search(reader, workspace_id, time)


def _segments_by_directory(reader: Reader, workspace_id: str, time: int) -> Iterator[Segment]:
    ledger, places = reader.ledger, reader.directory.of(workspace_id)
    if not places.is_loaded:
        places.load(reader.index, workspace_id)
    low, high = places.around(time)
    if high is None:
        passed = 0
        for segment in _following(workspace_id, ledger.ascending(workspace_id, low), low, time):
            places.learn(Landmark(segment.first_sequence, segment.first_created_at))
            yield segment
            if segment.last_created_at < time:
                passed += segment.stored_bytes
            if passed > _NEAR_BYTES:
                break
        else:
            return
        places.load(reader.index, workspace_id)
        low, high = places.around(time)
    if high is None or high - low > _FAR:
        yield from _segments_by_search(reader, workspace_id, time)
        return
    before = ledger.between(workspace_id, low, high - 1) if low < high else ()
    after = ledger.between(workspace_id, high, high + MAX_RECORDS + reader.index.geometry.near)
    is_reached, end = False, low
    for segment in _following(workspace_id, chain(before, after), low, time):
        places.learn(Landmark(segment.first_sequence, segment.first_created_at))
        yield segment
        is_reached = is_reached or segment.last_created_at >= time
        end = segment.last_sequence + 1
    if not is_reached:
        raise _Misled
    yield from _unbroken(workspace_id, ledger.ascending(workspace_id, end), end)


def _following(
    workspace_id: str, segments: Iterable[Segment], low: int, time: int
) -> Iterator[Segment]:
    """The same segments. _Misled unless one begins at `low`, at `time` or before."""
    is_checked = low == 1
    for segment in _unbroken(workspace_id, segments, None if low > 1 else low):
        if not is_checked and (segment.first_sequence != low or segment.first_created_at > time):
            raise _Misled
        is_checked = True
        yield segment
    if not is_checked:
        raise _Misled


def _segments_by_search(reader: Reader, workspace_id: str, time: int) -> Iterator[Segment]:
    """The same by halving the chain, which has at least one segment."""
    ledger, places = reader.ledger, reader.directory.of(workspace_id)
    newest = ledger.newest(workspace_id)
    if newest is None:
        raise missing(workspace_id, 1)
    start = first_sequence_since(ledger, workspace_id, time, 1, newest.first_sequence)
    for segment in _unbroken(workspace_id, ledger.ascending(workspace_id, start), start):
        places.learn(Landmark(segment.first_sequence, segment.first_created_at))
        yield segment


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
            spent += segment.stored_bytes
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
            segment = segment_holding(ledger, workspace_id, sequence)
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
    raise missing(workspace_id, expected)


def _unbroken(
    workspace_id: str, segments: Iterable[Segment], first: int | None
) -> Iterator[Segment]:
    """The same segments. Unreadable unless they begin at `first`, if given, and without gaps."""
    following = first
    for segment in segments:
        if following is not None and segment.first_sequence != following:
            raise missing(workspace_id, following)
        yield segment
        following = segment.last_sequence + 1
