"""Reading near a time: the segments around it, with a call or two where the directory knows them.

The directory's landmarks give bounds only. They may be wrong, so they are checked against the
chain, and the whole chain is searched when they were.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from itertools import chain

from ..chain.ledger import Ledger
from ..chain.search import missing, segment_since, unbroken
from ..chain.segment import Segment
from ..index.directory import Landmark
from .reader import Reader


class _Misled(Exception):
    """The chain is not as the directory says; no segment of the time or later was yielded."""


def segments_near(reader: Reader, workspace_id: str, time: int) -> Iterator[Segment]:
    """The segments around `time` (microseconds), in order, read as they are taken.

    The first one begins at `time` or before, unless no segment does; the last one ends the chain.
    After a mistake of the directory, segments before `time` may be yielded again. Unreadable when a
    sequence is missing.
    """
    try:
        yield from _learn(reader, workspace_id, _by_directory(reader, workspace_id, time))
    except _Misled:
        reader.directory.forget(workspace_id)
        yield from _learn(reader, workspace_id, _by_search(reader.ledger, workspace_id, time))


def _learn(reader: Reader, workspace_id: str, segments: Iterable[Segment]) -> Iterator[Segment]:
    """The same segments; the directory learns where each of them begins."""
    places = reader.directory.of(workspace_id)
    for segment in segments:
        places.learn(Landmark(segment.first_sequence, segment.first_created_at))
        yield segment


def _by_directory(reader: Reader, workspace_id: str, time: int) -> Iterator[Segment]:
    """The segments near the time, read from where the directory says. _Misled if it is wrong."""
    ledger, places = reader.ledger, reader.directory.of(workspace_id)
    if not places.is_loaded:
        places.load(reader.index, workspace_id)
    low, high = places.around(time)
    if high is None:
        is_complete = yield from _read_from(reader, workspace_id, low, time)
        if is_complete:
            return
        places.load(reader.index, workspace_id)
        low, high = places.around(time)
    if high is None or high - low > reader.sizes.landmark_distance:
        yield from _by_search(ledger, workspace_id, time)
    else:
        yield from _read_around(reader, workspace_id, low, high, time)


def _read_from(
    reader: Reader, workspace_id: str, low: int, time: int
) -> Generator[Segment, None, bool]:
    """The segments from the sequence `low`, the last landmark's, to the end of the chain.

    Returns False when it stopped before, at `end_bytes` of segments that all end before `time`.
    """
    passed = 0
    segments = reader.ledger.ascending(workspace_id, low)
    for segment in _beginning_at(workspace_id, segments, low, time):
        yield segment
        if segment.last_created_at < time:
            passed += segment.stored_bytes
        if passed > reader.sizes.end_bytes:
            return False
    return True


def _read_around(
    reader: Reader, workspace_id: str, low: int, high: int, time: int
) -> Iterator[Segment]:
    """The segments from the sequence `low` to the end of the chain; `time` is before `high`.

    Usually one call is enough: the first fetches up to `high`, the next a little more.
    """
    ledger, geometry = reader.ledger, reader.index.geometry
    before = ledger.ascending(workspace_id, low, high - 1) if low < high else ()
    last = high + geometry.segment_records + geometry.near
    after = ledger.ascending(workspace_id, high, last)
    is_reached, following = False, low
    for segment in _beginning_at(workspace_id, chain(before, after), low, time):
        yield segment
        is_reached = is_reached or segment.last_created_at >= time
        following = segment.last_sequence + 1
    if not is_reached:
        raise _Misled
    yield from unbroken(workspace_id, ledger.ascending(workspace_id, following), following)


def _beginning_at(
    workspace_id: str, segments: Iterable[Segment], low: int, time: int
) -> Iterator[Segment]:
    """The same segments, unbroken. _Misled unless the first begins at `low`, at `time` or before.

    A chain begins at sequence 1 whatever the time: there the landmark says nothing.
    """
    rest = iter(segments)
    if low > 1:
        begin = next(rest, None)
        if begin is None or begin.first_sequence != low or begin.first_created_at > time:
            raise _Misled
        rest = chain([begin], rest)
    yield from unbroken(workspace_id, rest, low)


def _by_search(ledger: Ledger, workspace_id: str, time: int) -> Iterator[Segment]:
    """The segments near the time, found by a binary search; the chain has at least one."""
    newest = ledger.newest(workspace_id)
    if newest is None:
        raise missing(workspace_id, 1)
    start = segment_since(ledger, workspace_id, time, 1, newest.first_sequence)
    yield from unbroken(workspace_id, ledger.ascending(workspace_id, start), start)
