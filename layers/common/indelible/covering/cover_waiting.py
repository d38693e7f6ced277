"""Covers the workspaces that wait, and puts their full tiles."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

from ..chain.ledger import Ledger
from ..chain.segment import Damaged, Segment
from ..checkpoints.workspace_state import WorkspaceState
from ..errors import Unavailable
from ..tlog.tiles import RightEdge
from ..verifying.breaks import Break
from .cover import Advance, cover
from .covered_head import check_covered_head
from .new_segments import read_new_segments
from .plan import Waiting
from .put_tiles import NewTile, TileStore, fills_a_tile, new_tiles, put_tile
from .tile_edge import RememberedEdges, read_edge

SideBySide = Callable[[Callable[[Any], Any], Iterable[Any]], Iterable[Any]]
"""A function like `map`, which may make the calls at the same time."""

_Failure = Break | Unavailable
_Made = tuple[RightEdge, list[NewTile]]

RECORDS_A_ROUND = 32 * 1024
"""The tiles of so many records, about 128, are put side by side."""


def cover_waiting(
    ledger: Ledger,
    store: TileStore,
    waiting: Iterable[Waiting],
    remembered: RememberedEdges,
    side_by_side: SideBySide,
    has_time: Callable[[], bool],
) -> Iterator[Advance]:
    """Cover the workspaces in this order, for as long as `has_time`. Yields how far each has come.

    All tiles of an advance are stored when it is yielded. A workspace that cannot be read, or does
    not verify, changes nothing for the others. Those that are not reached are not yielded.
    """
    round_, records = list[Advance](), 0
    for each, segments in read_new_segments(ledger, waiting):
        if not has_time():
            break
        advance = _advance(ledger, each, segments)
        round_.append(advance)
        records += len(advance.leaves)
        if records >= RECORDS_A_ROUND:
            yield from _with_tiles(ledger, store, round_, remembered, side_by_side)
            round_, records = [], 0
    yield from _with_tiles(ledger, store, round_, remembered, side_by_side)


def _advance(ledger: Ledger, waiting: Waiting, segments: Iterable[Segment | Damaged]) -> Advance:
    """Cover one workspace. If nothing new verifies, check that what is covered is still there.

    Growth that is not there may have been cut off. If notes name only covered segments, they
    are repeats, or somebody changed or removed these segments, or put others in their place. A held
    workspace must show that it is right again. Otherwise the next link shows it.
    """
    state = waiting.state
    advance = cover(state, segments)
    if advance.leaves or advance.left:
        return advance
    try:
        found = check_covered_head(ledger, state)
    except Unavailable as error:
        return Advance(state, state, held=advance.held, left=str(error))
    return Advance(state, state, held=found or advance.held)


def _with_tiles(
    ledger: Ledger,
    store: TileStore,
    advances: list[Advance],
    remembered: RememberedEdges,
    side_by_side: SideBySide,
) -> Iterator[Advance]:
    """The advances once their tiles are stored. Those whose tiles cannot be stored are undone."""
    made = _make_tiles(ledger, store, advances, remembered, side_by_side)
    failed = {place: each for place, each in made.items() if not isinstance(each, tuple)}
    puts = [
        (place, tile) for place, each in made.items() if isinstance(each, tuple) for tile in each[1]
    ]
    outcomes = side_by_side(partial(_put, store), [tile for _, tile in puts])
    for (place, _), failure in zip(puts, outcomes, strict=True):
        if failure:
            failed.setdefault(place, failure)
    for place, advance in enumerate(advances):
        tiles = made.get(place)
        if place in failed:
            yield _undone(advance.before, failed[place])
            continue
        if isinstance(tiles, tuple):
            remembered.note(advance.before, tiles[0])
        yield advance


def _undone(before: WorkspaceState, failure: _Failure) -> Advance:
    if isinstance(failure, Break):
        return Advance(before, before, held=failure)
    return Advance(before, before, left=str(failure))


def _make_tiles(
    ledger: Ledger,
    store: TileStore,
    advances: list[Advance],
    remembered: RememberedEdges,
    side_by_side: SideBySide,
) -> dict[int, _Made | _Failure]:
    """The edge after each advance and its new tiles, by the place of the advance.

    Without those whose edge is not known, and is not needed yet because no tile is full.
    """
    filling = list[tuple[int, Advance]]()
    made: dict[int, _Made | _Failure] = {}
    for place, advance in enumerate(advances):
        if fills_a_tile(advance.before, len(advance.leaves)):
            filling.append((place, advance))
        elif edge := remembered.at(advance.before):
            made[place] = new_tiles(advance.before, edge, advance.leaves)
    edges = side_by_side(lambda each: _edge_of(ledger, store, remembered, each[1].before), filling)
    for (place, advance), edge in zip(filling, edges, strict=True):
        is_edge = isinstance(edge, RightEdge)
        made[place] = new_tiles(advance.before, edge, advance.leaves) if is_edge else edge
    return made


def _edge_of(
    ledger: Ledger, store: TileStore, remembered: RememberedEdges, state: WorkspaceState
) -> RightEdge | _Failure:
    try:
        return read_edge(ledger, store.read, remembered, state)
    except Unavailable as error:
        return error


def _put(store: TileStore, tile: NewTile) -> _Failure | None:
    try:
        return put_tile(store, tile)
    except Unavailable as error:
        return error
