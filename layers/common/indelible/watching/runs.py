"""The log as it was published: every run follows the one before, signed, with its tiles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ..chain.hashes import leaf_hash
from ..checkpoints.object_keys import log_key, run_key
from ..checkpoints.published_run import PublishedRun, read_published_run
from ..errors import DamagedItem, Unreadable, WrongProof
from ..proving.log_keys import LogKey, LogKeys
from ..tlog.bundle import decode_bundle
from ..tlog.note import is_signed_by
from ..tlog.tiles import EMPTY_EDGE, Tile, entries_path, tile_path
from ..verifying.breaks import Break, bucket_tampered
from .ports import VersionedBucket

RUNS = 256
"""Runs of a piece of the log."""


def pieces(newest: int) -> int:
    """How many pieces a log of so many runs has."""
    return -(-newest // RUNS)


def check_runs(bucket: VersionedBucket, piece: int, newest: int) -> list[Break]:
    """The breaks of a piece of the log whose newest run has this number.

    The sequence of a break is the number of a run. Raises Unavailable, and Contradiction when an
    object is behind a delete marker.
    """
    first = piece * RUNS + 1
    numbers = range(first, min(first + RUNS - 1, newest) + 1)
    try:
        keys = LogKeys(bucket).get(0)
    except DamagedItem as error:
        return [bucket_tampered(0, str(error))]
    found = list[Break]()
    stored = bucket.read_many([run_key(each) for each in range(max(1, first - 1), numbers.stop)])
    before = _read(stored, first - 1, [])
    for number in numbers:
        run = _read(stored, number, found)
        if run and (before or number == 1):
            found += _check(bucket, before, run, keys, is_newest=number == newest)
        before = run
    return found


def _read(stored: Mapping[str, bytes], number: int, found: list[Break]) -> PublishedRun | None:
    """A run; None if it cannot be read, which is then a break."""
    encoded = stored.get(run_key(number))
    if encoded is None:
        found.append(bucket_tampered(number, f"run {number} is gone"))
        return None
    try:
        run = read_published_run(encoded)
    except Unreadable as error:
        found.append(bucket_tampered(number, f"run {number}: {error}"))
        return None
    if run.number != number:
        found.append(bucket_tampered(number, f"the object of run {number} holds run {run.number}"))
        return None
    return run


def _check(
    bucket: VersionedBucket,
    before: PublishedRun | None,
    run: PublishedRun,
    keys: Sequence[LogKey],
    *,
    is_newest: bool,
) -> Iterator[Break]:
    """The breaks of one run, which follows `before`, or is the first."""
    edge, tiles = (before.edge if before else EMPTY_EDGE).extended(
        [leaf_hash(each.encoded) for each in run.entries]
    )
    times = [before.run_entry.time if before else 0, *(each.time for each in run.entries)]
    wrong = []
    if edge != run.edge:
        wrong.append("its log is not that of the run before, with its entries")
    if before and before.checkpoint.origin != run.checkpoint.origin:
        wrong.append("its log has another origin")
    if times != sorted(times):
        wrong.append("its time is before that of an earlier entry")
    try:
        if not any(_is_signed(run, each) for each in keys):
            wrong.append("no key of the log has signed it")
    except (Unreadable, WrongProof) as error:
        wrong.append(str(error))
    for each in wrong:
        yield bucket_tampered(run.number, f"run {run.number}: {each}")
    if not is_newest and edge == run.edge:
        yield from _check_log_tiles(bucket, run.number, tiles)


def _is_signed(run: PublishedRun, key: LogKey) -> bool:
    return key.first_size <= run.edge.size and is_signed_by(run.note, key.key)


def _check_log_tiles(
    bucket: VersionedBucket, number: int, tiles: Sequence[Tile]
) -> Iterator[Break]:
    """Compare the tiles that a run has filled, and their entries. The next run puts them."""
    for tile in tiles:
        key = log_key(tile_path(tile.level, tile.number))
        if bucket.read(key) != tile.hashes:
            yield bucket_tampered(number, f"{key} is gone, or not that of the log")
        if tile.level == 0 and not _is_bundle_of(bucket, tile):
            key = log_key(entries_path(tile.number))
            yield bucket_tampered(number, f"{key} is gone, or not that of the log")


def _is_bundle_of(bucket: VersionedBucket, tile: Tile) -> bool:
    try:
        entries = decode_bundle(bucket.read(log_key(entries_path(tile.number))) or b"")
    except Unreadable:
        return False
    return b"".join(map(leaf_hash, entries)) == tile.hashes
