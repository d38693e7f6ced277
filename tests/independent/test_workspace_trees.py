"""Trees of workspaces, whose records are private, checked by a Merkle library that is not ours."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest
from indelible.chain.hashes import leaf_hash
from indelible.proving.workspace_tiles import workspace_tile_reader
from indelible.tlog.merkle import root_of
from indelible.tlog.tile_proofs import consistency_path, inclusion_path
from support.builders import records_of
from support.deployment import Deployment

from independent.logs import newest_of, write_workspace
from independent.programs import run_script

CHAIN = "ws_tree"
LONGEST = 66_000
"""Records of a tree with a full tile of level 1. Two runs cover it."""


def question(log: Deployment, folder: Path) -> dict[str, Any]:
    """A tree in a folder, with our proofs of some of its records and of some of its sizes."""
    state = newest_of(log).workspace(CHAIN)
    assert state
    size, records = state.size, records_of(log.ledger.chain(CHAIN))
    assert len(records) == size
    leaves = [leaf_hash(each) for each in records]
    read_tile = workspace_tile_reader(log.bucket, log.ledger, state)
    indexes = {0, size // 3, size // 2, (size - 1) // 256 * 256, size - 1}
    old_sizes = {1, size // 2, size - size % 256, size - 1} - {0, size}
    return {
        "folder": str(write_workspace(log, CHAIN, folder)),
        "size": size,
        "root": state.tree.root.hex(),
        "records": {index: b64encode(records[index]).decode() for index in indexes},
        "inclusions": {
            index: [each.hex() for each in inclusion_path(index, size, read_tile)]
            for index in indexes
        },
        "consistencies": [
            [
                old_size,
                root_of(leaves[:old_size]).hex(),
                [each.hex() for each in consistency_path(old_size, size, read_tile)],
            ]
            for old_size in sorted(old_sizes)
        ],
    }


def a_chain_of(size: int) -> Deployment:
    """A chain that is covered whole."""
    log = Deployment()
    while size:
        count = min(size, 40_000)
        log.grow(CHAIN, *[250] * (count // 250), *[count % 250] * bool(count % 250))
        log.run()
        size -= count
    return log


@pytest.mark.parametrize("size", [1, 2, 3, 255, 256, 257, 511, 512, 513, 700, LONGEST])
def test_root_and_proofs_of_a_workspace_tree_are_theirs(size: int, tmp_path: Path) -> None:
    assert run_script("workspace_tree", **question(a_chain_of(size), tmp_path)) == {}


def test_another_record_root_or_tile_is_refused(tmp_path: Path) -> None:
    asked = question(a_chain_of(700), tmp_path)
    [first, second, *_] = asked["records"]
    swapped = {first: asked["records"][second], second: asked["records"][first]}
    assert "refused" in run_script("workspace_tree", **asked | {"records": swapped})
    assert "refused" in run_script("workspace_tree", **asked | {"root": bytes(32).hex()})
    tile = tmp_path / "tile/0/001"
    content = tile.read_bytes()
    tile.write_bytes(content[:100] + bytes([content[100] ^ 1]) + content[101:])
    assert "refused" in run_script("workspace_tree", **asked)
