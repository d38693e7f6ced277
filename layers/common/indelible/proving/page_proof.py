"""The proof of a page: the checkpoint file once, and the nodes that its records share."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ..chain.hashes import leaf_hash
from ..chain.ledger import Ledger
from ..checkpoints.proof_file import ProofFile
from ..checkpoints.workspace_state import WorkspaceState
from ..covering.ports import LockedBucket
from ..errors import (
    ChainHeld,
    DamagedItem,
    IndelibleError,
    InternalError,
    NotReady,
    Unavailable,
    Unreadable,
)
from ..tlog.shared_nodes import Node, leaves_below, nodes_beside, root_with
from ..tlog.tile_proofs import ReadTile, TileName, part_roots, tiles_for
from .checkpoint_file import make_checkpoint_file
from .newest import NewestRuns
from .workspace_tiles import objects_of, workspace_tile_reader

MOST_TILES = 200
"""Tiles that are read for a page, at most. A hundred records of a chain of ten million events, all
far from each other, need a few more: such a page ends earlier."""


@dataclass(frozen=True, slots=True)
class PageProof:
    """What proves the first records of a page, by their sequences in the order of the page.

    `file` is the checkpoint file. If it is None, nothing is proved, and `reason` is why. There is
    also a reason if the chain is held, so that records after `file.checkpoint.size` will not be
    covered soon. `nodes` are the nodes beside those records that are covered.

    `fault` is what an operator has to know. It is damage: if there are nodes, that they do not give
    the root of the checkpoint, because a record or a tile was changed since. The nodes then also
    have the leaf of each covered record, as it was covered: they show which record is another one.
    """

    records: Mapping[int, bytes]
    file: ProofFile | None = None
    nodes: Mapping[Node, bytes] = field(default_factory=dict)
    reason: IndelibleError | None = None
    fault: IndelibleError | None = None


def prove_page(
    runs: NewestRuns,
    bucket: LockedBucket,
    ledger: Ledger,
    workspace_id: str,
    records: Mapping[int, bytes],
    now: int,
    count: Callable[[int], None],
) -> PageProof:
    """The proof of these records of a page, or of as many as MOST_TILES allow: one at least.

    The records are by their sequences. `now` is in microseconds. `count` gets the bytes of the
    tiles, which the reader is charged. Reads the newest run, each tile
    once, and the segments that hold the unfinished tile. What keeps it from proving is no reason to
    withhold the page: it never raises an error for that, but returns it.
    """
    try:
        return _prove(runs, bucket, ledger, workspace_id, records, now, count)
    except ChainHeld:
        return PageProof(records, reason=_held(0))
    except (NotReady, Unavailable) as error:
        return PageProof(records, reason=error)
    except (Unreadable, InternalError) as error:
        return PageProof(records, reason=error, fault=error)


def _prove(
    runs: NewestRuns,
    bucket: LockedBucket,
    ledger: Ledger,
    workspace_id: str,
    records: Mapping[int, bytes],
    now: int,
    count: Callable[[int], None],
) -> PageProof:
    newest = runs.reaching(workspace_id, max(records, default=0), now)
    file = make_checkpoint_file(newest, workspace_id)
    state = newest.workspace(workspace_id) if newest else None
    if state is None or state.size != file.checkpoint.size:
        raise DamagedItem(f"the state has another size of {workspace_id} than its row")
    kept = [*records][: _provable([*records], state.size)]
    proof = PageProof({each: records[each] for each in kept}, file)
    leaves = {each - 1: leaf_hash(records[each]) for each in kept if each <= state.size}
    if state.hold and len(leaves) < len(kept):
        proof = replace(proof, reason=_held(state.size))
    if not leaves:
        return proof
    beside = nodes_beside(leaves, state.size)
    tiles = _tiles_with(beside, state.size)
    read_tile = workspace_tile_reader(bucket, ledger, state, tiles, count)
    nodes = _read_nodes(beside, state, read_tile)
    if root_with(leaves, state.size, nodes) == file.checkpoint.root:
        return replace(proof, nodes=nodes)
    as_covered = _read_nodes([(0, index) for index in leaves], state, read_tile)
    return replace(proof, nodes=nodes | as_covered, fault=_changed(workspace_id, leaves))


def _provable(sequences: Sequence[int], size: int) -> int:
    """How many of the first records can be proved with MOST_TILES, in a tree of `size` leaves."""
    count = len(sequences)
    while count > 1 and _objects(sequences[:count], size) > MOST_TILES:
        count -= 1
    return count


def _objects(sequences: Sequence[int], size: int) -> int:
    """The number of objects with the nodes beside these records."""
    covered = [each - 1 for each in sequences if each <= size]
    return len(objects_of(_tiles_with(nodes_beside(covered, size), size), size))


def _tiles_with(nodes: Iterable[Node], size: int) -> set[TileName]:
    """The tiles that have the hashes of these nodes, or those below them."""
    return tiles_for((leaves_below(each, size) for each in nodes), size)


def _read_nodes(
    nodes: Sequence[Node], state: WorkspaceState, read_tile: ReadTile
) -> dict[Node, bytes]:
    """The hashes of these nodes."""
    parts = [leaves_below(each, state.size) for each in nodes]
    return dict(zip(nodes, part_roots(parts, state.size, read_tile, state.tree), strict=True))


def _changed(workspace_id: str, leaves: Collection[int]) -> Unreadable:
    sequences = f"{min(leaves) + 1} to {max(leaves) + 1}"
    return Unreadable(f"records {sequences} of {workspace_id} are not those that were covered")


def _held(size: int) -> ChainHeld:
    """The error for a held chain. It quotes no record, which may be hidden from the reader."""
    return ChainHeld(
        f"The log covers this workspace's chain up to record {size}: what follows does not verify. "
        "GET /v1/verify names the place."
    )
