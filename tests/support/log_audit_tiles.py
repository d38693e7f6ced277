"""The tiles of a log and of its workspace trees, compared with those of slow trees."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from support.audited import Audit, Truth
from support.trees import slow_root

WIDTH = 256


def log_tiles(found: Audit, objects: Mapping[str, bytes]) -> Iterator[str]:
    """What is wrong with the log's tiles. Those that the newest run has filled may be missing."""
    expected = {}
    for path, content in full_tiles(found.leaves):
        expected[f"log/tile/{path}"] = content
    for number in range(len(found.entries) // WIDTH):
        part = found.entries[number * WIDTH : (number + 1) * WIDTH]
        bundle = b"".join(len(each).to_bytes(2) + each for each in part)
        expected[f"log/tile/entries/{number:03}"] = bundle
    due = dict(full_tiles(found.leaves[: found.sizes[-2] if len(found.sizes) > 1 else 0]))
    for path in due:
        if f"log/tile/{path}" not in objects:
            yield f"log/tile/{path} is missing"
        bundle_path = f"log/tile/entries/{path.removeprefix('0/')}"
        if path.startswith("0/") and bundle_path not in objects:
            yield f"{bundle_path} is missing"
    for key, content in objects.items():
        if key.startswith("log/") and expected.get(key) != content:
            yield f"{key} is not what the log's entries give"


def workspace_tiles(
    found: Audit, objects: Mapping[str, bytes], truths: Mapping[str, Sequence[Truth]]
) -> Iterator[str]:
    """What is wrong with the tiles of workspace trees. Each full one is there once it is covered.

    Tiles of records that no run has published yet may be there, too.
    """
    expected = {}
    for name, epochs in truths.items():
        for epoch, truth in enumerate(epochs):
            for path, content in full_tiles(truth.leaves):
                above = _edge_above(truth.leaves, path) if path.startswith("0/") else b""
                expected[f"ws/{name}/{epoch}/tile/{path}"] = content + above
    newest = found.rows[-1] if found.rows else {}
    for name, row in newest.items():
        for path, _ in full_tiles(truths[name][row.epoch].leaves[: row.size]):
            if f"ws/{name}/{row.epoch}/tile/{path}" not in objects:
                yield f"ws/{name}/{row.epoch}/tile/{path} is missing"
    for key, content in objects.items():
        if key.startswith("ws/") and expected.get(key) != content:
            yield f"{key} is not what the records give"


def full_tiles(leaves: Sequence[bytes]) -> Iterator[tuple[str, bytes]]:
    """Every full tile of a tree: its path after `tile/`, and its hashes. Up to 255,999 leaves."""
    level, hashes = 0, [*leaves]
    while len(hashes) >= WIDTH:
        tiles = [hashes[n * WIDTH : (n + 1) * WIDTH] for n in range(len(hashes) // WIDTH)]
        for number, tile in enumerate(tiles):
            yield f"{level}/{number:03}", b"".join(tile)
        level, hashes = level + 1, [_tile_root(tuple(tile)) for tile in tiles]


@lru_cache(maxsize=4_096)
def _tile_root(tile: tuple[bytes, ...]) -> bytes:
    return slow_root(tile)


def _edge_above(leaves: Sequence[bytes], path: str) -> bytes:
    """The unfinished tiles of all levels above, in the tree that ends with this tile of level 0."""
    end = (int(path.removeprefix("0/")) + 1) * WIDTH
    rows = []
    hashes = [*leaves[:end]]
    while len(hashes) >= WIDTH:
        count = len(hashes) // WIDTH
        hashes = [_tile_root(tuple(hashes[n * WIDTH : (n + 1) * WIDTH])) for n in range(count)]
        rows.append(b"".join(hashes[count - count % WIDTH :]))
    return b"".join(rows)
