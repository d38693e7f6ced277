"""The log's full tiles and bundles of entries, which every tool for transparency logs reads.

A run that fills one is followed by a run that puts it, before that run decides anything. So all
full tiles of a log are there but those that its newest run has filled.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..chain.hashes import leaf_hash
from ..checkpoints.object_keys import log_key, run_key
from ..checkpoints.published_run import PublishedRun, read_published_run
from ..errors import Contradiction
from ..tlog.bundle import encode_bundle
from ..tlog.tiles import EMPTY_EDGE, TILE_WIDTH, RightEdge, Tile, entries_path, tile_path
from .newest_run import read_run
from .ports import LockedBucket


def put_log_tiles(bucket: LockedBucket, newest: PublishedRun) -> None:
    """Put the tiles and the bundles that the newest run has filled. Safe to repeat.

    Raises Contradiction when something else is stored in place of one.
    """
    before, after = newest.edge.size - len(newest.entries), newest.edge.size
    filled = range(before // TILE_WIDTH, after // TILE_WIDTH)
    if not filled:
        return
    edge = read_run(bucket, newest.number - 1).edge if newest.number > 1 else EMPTY_EDGE
    _, tiles = edge.extended([leaf_hash(each.encoded) for each in newest.entries])
    for tile in tiles:
        put_same(bucket, log_key(tile_path(tile.level, tile.number)), tile.hashes)
    entries = entries_from(bucket, newest, filled.start * TILE_WIDTH)
    for number in filled:
        start = (number - filled.start) * TILE_WIDTH
        bundle = encode_bundle(entries[start : start + TILE_WIDTH])
        put_same(bucket, log_key(entries_path(number)), bundle)


def put_same(bucket: LockedBucket, key: str, content: bytes) -> None:
    """Put an object, or find that it is there already. Raises Contradiction if it is another."""
    if not bucket.put_new(key, content) and bucket.read(key) != content:
        raise Contradiction(f"The bucket of checkpoints holds another {key}.")


def entries_from(bucket: LockedBucket, newest: PublishedRun, first: int) -> Sequence[bytes]:
    """The entries of the log from this index on. Each run has one at least."""
    numbers = range(max(1, newest.number - TILE_WIDTH), newest.number)
    found = bucket.read_many([run_key(each) for each in numbers])
    entries = list[bytes]()
    for number in numbers:
        if run_key(number) not in found:
            raise Contradiction(f"Run {number} is gone from the bucket of checkpoints.")
        run = read_published_run(found[run_key(number)])
        entries += (each.encoded for each in run.entries)
    entries += (each.encoded for each in newest.entries)
    return entries[first - newest.edge.size :]


def tile_reader(
    bucket: LockedBucket, edge: RightEdge, filled: Sequence[Tile]
) -> Callable[[int, int, int], bytes]:
    """A function that reads the log's tiles by level, number and width, for `tile_proofs`.

    `edge` is that of the log. `filled` are full tiles that may not be in the bucket yet. It raises
    Contradiction when a tile is not there.
    """
    known = {(tile.level, tile.number): tile.hashes for tile in filled}

    def read(level: int, number: int, width: int) -> bytes:
        if width < TILE_WIDTH:
            return edge.rows[level]
        if (level, number) in known:
            return known[level, number]
        path = tile_path(level, number)
        tile = bucket.read(log_key(path))
        if tile is None:
            raise Contradiction(f"The log has no {path}.")
        return tile

    return read
