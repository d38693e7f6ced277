"""A tree as files that other tools read: the layout of https://c2sp.org/tlog-tiles.

    tile/<level>/<number>[.p/<width>]    hashes, 256 or `width` of them
    tile/entries/<number>[.p/<width>]    the entries of the log whose leaf hashes those are
    checkpoint                           the tree's size and root

Partial tiles are among them. The file `checkpoint` comes last, so that it never names a tile that
is not written yet. Functions raise Contradiction when an object of the log is gone, DamagedItem
when one is damaged, Unreadable when the chain is, and Unavailable.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from ..chain.ledger import Ledger
from ..checkpoints.object_keys import log_key
from ..checkpoints.proof_file import SUFFIX
from ..checkpoints.workspace_state import WorkspaceState
from ..covering.log_tiles import entries_from
from ..covering.ports import LockedBucket
from ..errors import Contradiction, DamagedItem, Unreadable
from ..tlog.bundle import encode_bundle
from ..tlog.tile_proofs import ReadTile
from ..tlog.tiles import (
    TILE_HEIGHT,
    TILE_WIDTH,
    RightEdge,
    entries_path,
    partial_widths,
    tile_path,
)
from .checkpoint_file import make_checkpoint_file
from .newest import NewestRun, log_reader
from .workspace_tiles import workspace_tile_reader

CHECKPOINT = "checkpoint"

File = tuple[str, bytes]
"""A path below the folder, and the bytes."""

SideBySide = Callable[[Callable[..., bytes], Iterable[int]], Iterable[bytes]]
"""A function like `map`, which may make the calls at the same time."""


def log_files(
    bucket: LockedBucket, newest: NewestRun, side_by_side: SideBySide = map
) -> Iterator[File]:
    """The files of the log: its tiles, its entries, and the checkpoint with its signatures."""
    run = newest.run
    read_tile = log_reader(bucket, run)
    yield from _full_tiles(run.edge.size, read_tile, side_by_side)
    yield from _partial_tiles(run.edge.size, read_tile)
    begun = (run.edge.size - len(run.entries)) // TILE_WIDTH

    def read_bundle(number: int) -> bytes:
        content = bucket.read(log_key(entries_path(number)))
        if content is None:
            raise Contradiction(f"The log has no {entries_path(number)}.")
        return content

    yield from _full(begun, read_bundle, entries_path, side_by_side)
    entries = entries_from(bucket, run, begun * TILE_WIDTH)
    for start in range(0, len(entries), TILE_WIDTH):
        bundle = entries[start : start + TILE_WIDTH]
        yield entries_path(begun + start // TILE_WIDTH, len(bundle)), encode_bundle(bundle)
    yield CHECKPOINT, newest.note.encoded


def workspace_files(
    bucket: LockedBucket,
    ledger: Ledger,
    newest: NewestRun,
    state: WorkspaceState,
    side_by_side: SideBySide = map,
) -> Iterator[File]:
    """The files of a workspace tree. Its checkpoint is a text that nobody signs.

    `checkpoint.tlog-proof` proves it: the checkpoint file. There are no entries, since records are
    private. The leaves of the unfinished tile are read from the chain. DamagedItem when they are
    not those that were covered.
    """
    file = make_checkpoint_file(newest, state.workspace_id)
    read_tile = workspace_tile_reader(bucket, ledger, state)
    partial = dict(_partial_tiles(state.size, read_tile))
    _check_partial(state, [*partial.values()])
    yield from _full_tiles(state.size, read_tile, side_by_side)
    yield from partial.items()
    yield f"{CHECKPOINT}{SUFFIX}", file.encoded
    yield CHECKPOINT, file.checkpoint.text


def _check_partial(state: WorkspaceState, tiles: list[bytes]) -> None:
    """Check the unfinished tiles of a workspace tree, from level 0 up."""
    left = [*tiles]
    rows = tuple(left.pop(0) if width else b"" for width in partial_widths(state.size))
    try:
        tree = RightEdge(state.size, rows).compact_range
    except ValueError:
        raise Unreadable("the chain lacks some of the newest records that were covered") from None
    if tree != state.tree:
        raise DamagedItem(f"the newest tiles of {state.workspace_id} are not those of its tree")


def _full_tiles(size: int, read_tile: ReadTile, side_by_side: SideBySide) -> Iterator[File]:
    for level in range(len(partial_widths(size))):

        def read(number: int, level: int = level) -> bytes:
            return read_tile(level, number, TILE_WIDTH)

        def path_of(number: int, level: int = level) -> str:
            return tile_path(level, number)

        yield from _full(size >> TILE_HEIGHT * (level + 1), read, path_of, side_by_side)


def _partial_tiles(size: int, read_tile: ReadTile) -> Iterator[File]:
    for level, width in enumerate(partial_widths(size)):
        number = size >> TILE_HEIGHT * (level + 1)
        if width:
            yield tile_path(level, number, width), read_tile(level, number, width)


def _full(
    count: int, read: Callable[[int], bytes], path_of: Callable[[int], str], run: SideBySide
) -> Iterator[File]:
    """This many full files, of which 256 are in memory at a time."""
    for start in range(0, count, TILE_WIDTH):
        numbers = range(start, min(start + TILE_WIDTH, count))
        yield from zip(map(path_of, numbers), run(read, numbers), strict=True)
