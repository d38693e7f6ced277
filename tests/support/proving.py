"""What proofs are made from, in memory: a deployment that covers chains, and one huge chain."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache

from indelible.chain.hashes import Head, leaf_hash
from indelible.chain.record import build
from indelible.checkpoints.entries import RunEntry
from indelible.checkpoints.object_keys import run_key, signing_key_key, workspace_tile_key
from indelible.checkpoints.proof_file import ProofFile, read_proof_file
from indelible.checkpoints.published_run import PublishedRun
from indelible.checkpoints.state import EMPTY_STATE
from indelible.checkpoints.workspace_state import WorkspaceState
from indelible.covering.next_run import next_run
from indelible.covering.publish import publish
from indelible.proving.newest import NewestRuns
from indelible.proving.ports import Position
from indelible.tlog.checkpoint import Checkpoint
from indelible.tlog.note import Note
from indelible.tlog.policy import Group, Policy
from indelible.tlog.tiles import EMPTY_EDGE, TILE_WIDTH, encode_edge, tile_path
from indelible.verifying.proof import ProofVerdict, verify_proof

from support.builders import NOON, SECOND, WORKSPACE, a_queued_event, a_segment
from support.deployment import ORIGIN, TABLE, Deployment
from support.memory_log import MemoryTurns
from support.memory_witness import MemoryWitness
from support.notes import FIRST, LOG
from support.trees import HugeTree, leaf, node, same_root, split_of

POLICY = Policy((LOG.key,), {"w": FIRST.witness_key}, {"one": Group(1, ("w",))}, "one")
"""Trusts the log, and wants the witness of `a_deployment`."""


def a_deployment() -> Deployment:
    """A deployment with a witness. All its stores count their calls in one list."""
    deployment = Deployment(witnesses=[MemoryWitness()])
    calls = deployment.bucket.faults
    for each in (deployment.ledger, deployment.states, deployment.turns):
        each.faults = calls
    return deployment


@dataclass
class MemoryPositions:
    """`proving.ports.Positions`: the turn and the cosigned checkpoint, in one call."""

    turns: MemoryTurns

    def position(self) -> Position:
        """Both."""
        done = self.turns.faults.entered("turns.position")
        found = Position(self.turns.turn, self.turns.cosigned)
        done()
        return found


def runs_of(deployment: Deployment) -> NewestRuns:
    """The newest runs as a new process knows them."""
    return NewestRuns(deployment.bucket, deployment.states, MemoryPositions(deployment.turns))


def verified(file: ProofFile, policy: Policy = POLICY) -> ProofVerdict:
    """The verdict on the file's bytes."""
    return verify_proof(read_proof_file(file.encoded), policy)


@dataclass(frozen=True)
class LongTree(HugeTree):
    """A tree of any size in which some leaves are given, and all others are the same."""

    given: dict[int, bytes] = field(default_factory=dict)

    def leaf_hash(self, index: int) -> bytes:
        return self.given.get(index) or same_root(1)

    def root(self, start: int = 0, stop: int | None = None) -> bytes:
        """The root over the leaves from `start` to before `stop`."""
        stop = self.size if stop is None else stop
        if not any(start <= each < stop for each in self.given):
            return same_root(stop - start)
        if stop - start == 1:
            return self.leaf_hash(start)
        split = start + split_of(stop - start)
        return node(self.root(start, split), self.root(split, stop))


@cache
def record_at(index: int) -> bytes:
    """The record at this index of the long chain."""
    return build(a_queued_event(index), WORKSPACE, index + 1, NOON, bytes(16))


def a_long_chain(size: int, *indexes: int) -> Deployment:
    """A chain of `size` records, all of them covered by one run.

    Only the records at `indexes` and those after the last full tile have contents. The stores have
    only what belongs to these.
    """
    start = size - size % TILE_WIDTH
    given = {each: leaf_hash(record_at(each)) for each in (*indexes, *range(start, size))}
    tree = LongTree(size, -1, given)
    deployment = a_deployment()
    if start < size:
        records = [record_at(each) for each in range(start, size)]
        deployment.ledger.load([a_segment(records, Head(start, bytes(32), NOON))])
    for index in indexes:
        _put_tiles(deployment, tree, index)
    publish_state(deployment, WorkspaceState(WORKSPACE, tree=tree.compact_range()))
    return deployment


def _put_tiles(deployment: Deployment, tree: LongTree, index: int) -> None:
    """The tiles that a proof of the record at `index` may read."""
    full = tree.size // TILE_WIDTH
    for number in {full - 1, index // TILE_WIDTH} & {*range(full)}:
        edge = LongTree((number + 1) * TILE_WIDTH, -1, tree.given).edge()
        _put(deployment, 0, number, tree.row(0, number, TILE_WIDTH) + encode_edge(edge))
    level = 1
    while (below := tree.size // TILE_WIDTH**level) >= TILE_WIDTH:
        number = index // TILE_WIDTH ** (level + 1)
        if number < below // TILE_WIDTH:
            _put(deployment, level, number, tree.row(level, number, TILE_WIDTH))
        level += 1


def _a_run_of(log_size: int) -> PublishedRun:
    """A first run that has filled the log up to this size, with entries that nobody reads."""
    entry = RunEntry(NOON // SECOND, bytes(32))
    leaves = [leaf(n) for n in range(log_size - 1)]
    edge, _ = EMPTY_EDGE.extended([*leaves, leaf_hash(entry.encoded)])
    text = Checkpoint(ORIGIN, log_size, edge.compact_range.root).text
    note = Note(text, (LOG.sign(text),))
    return PublishedRun(1, note, (), entry, edge, 0, "v0", bytes(32), TABLE)


def _put(deployment: Deployment, level: int, number: int, content: bytes) -> None:
    key = workspace_tile_key(WORKSPACE, 0, tile_path(level, number))
    deployment.bucket.objects[key] = content


def publish_state(deployment: Deployment, *workspaces: WorkspaceState, log_size: int = 1) -> None:
    """Publish a run with these workspaces, whose entry is the last of a log of this size.

    It is the first run, or the second one if the log has more than one entry.
    """
    before = _a_run_of(log_size - 1) if log_size > 1 else None
    if before:
        deployment.bucket.objects[run_key(1)] = before.encoded
    state = EMPTY_STATE.after(2 if before else 1, deployment.now // SECOND, ORIGIN, workspaces)
    version = deployment.states.put(state.encoded)
    decision = next_run(ORIGIN, before, state, version)
    bucket, witnesses = deployment.bucket, deployment.witnesses
    for signer in deployment.signers:
        bucket.objects[signing_key_key(signer.key)] = f"{signer.key.text}\n1\n".encode()
    publish(bucket, deployment.signers, witnesses, decision, before, TABLE)
    deployment.turns.turn = decision.turn
    deployment.bucket.faults.calls.clear()
