"""Reads the new segments of many chains with few calls."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..chain.ledger import Ledger
from ..chain.segment import Damaged, Segment
from ..errors import Unavailable
from .plan import Waiting

MANY = 10
"""A chain with more new segments is read with a query of its own: it costs a read unit for 4 KB,
and reading by keys costs one for each segment."""

KEYS = 100
"""Segments that are read with one call, from as many chains."""


def read_new_segments(
    ledger: Ledger, waiting: Iterable[Waiting]
) -> Iterator[tuple[Waiting, Iterator[Segment | Damaged]]]:
    """What is stored after the covered records of each workspace, in order.

    Segments that notes name are read by their keys, those of many chains with one call. Where notes
    leave a gap, or name a segment that is not there or damaged, a query finds what is. Take
    the segments of a workspace before the next workspace. Taking them raises Unavailable.
    """
    batch, keys = list[tuple[Waiting, list[int]]](), 0
    for each in waiting:
        named = _named(each)
        if keys + len(named) > KEYS:
            yield from _read(ledger, batch)
            batch, keys = [], 0
        batch.append((each, named))
        keys += len(named)
    yield from _read(ledger, batch)


def _named(waiting: Waiting) -> list[int]:
    """The new segments to read by their keys, if notes name all that is known to be new."""
    size, growth = waiting.state.size, waiting.state.growth
    named = [first for first in waiting.noted if first > size]
    if not growth or len(named) > MANY:
        return []
    is_all = named[:1] == [size + 1] and named[-1] == growth.last_sequence
    return named if is_all else []


def _read(
    ledger: Ledger, batch: list[tuple[Waiting, list[int]]]
) -> Iterator[tuple[Waiting, Iterator[Segment | Damaged]]]:
    names = [(each.state.workspace_id, first) for each, named in batch for first in named]
    found: dict[str, list[Segment]] = {}
    try:
        for segment in ledger.segments_of(names):
            found.setdefault(segment.workspace_id, []).append(segment)
    except Unavailable:
        pass  # one throttled chain fails the call for all; each is queried for what is not found
    for each, named in batch:
        known = found.pop(each.state.workspace_id, [])
        yield each, _follow(ledger, each, known if named else [])


def _follow(ledger: Ledger, waiting: Waiting, known: list[Segment]) -> Iterator[Segment | Damaged]:
    """The known segments, up to the first gap, then what a query finds there.

    More may be known to wait than the notes of this run name.
    """
    state = waiting.state
    following = state.size + 1
    for segment in known:
        if segment.first_sequence != following:
            break
        yield segment
        following = segment.last_sequence + 1
    if not known or (state.growth and following <= state.growth.last_sequence):
        yield from ledger.stored(state.workspace_id, following)
