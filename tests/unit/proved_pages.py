"""Proofs of pages, from what runs have stored, as an independent reader checks them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from indelible.chain.hashes import leaf_hash
from indelible.proving.newest import NewestRuns
from indelible.proving.page_proof import PageProof, prove_page
from support.builders import WORKSPACE, records_of
from support.deployment import Deployment
from support.memory_log import MemoryBucket
from support.proving import runs_of, verified
from support.shared_nodes import slow_root_with


@dataclass
class CountedBucket(MemoryBucket):
    """A bucket that lists every object that is read."""

    read_keys: list[str] = field(default_factory=list)

    def read(self, key: str) -> bytes | None:
        self.read_keys.append(key)
        return super().read(key)

    def read_many(self, keys: Sequence[str]) -> dict[str, bytes]:
        self.read_keys += keys
        return super().read_many(keys)


def counted_bucket(deployment: Deployment) -> CountedBucket:
    """A bucket with the same objects, apart from the one of which the newest run is read."""
    return CountedBucket(objects=deployment.bucket.objects)


def stored_records(deployment: Deployment, sequences: Iterable[int]) -> dict[int, bytes]:
    """The records with these sequences, in this order."""
    records = records_of(deployment.ledger.chain(WORKSPACE))
    return {each: records[each - 1] for each in sequences}


def prove(
    deployment: Deployment,
    records: Mapping[int, bytes],
    bucket: MemoryBucket | None = None,
    runs: NewestRuns | None = None,
    count: Callable[[int], None] = lambda _: None,
) -> PageProof:
    """The proof of a page with these records."""
    runs, bucket = runs or runs_of(deployment), bucket or deployment.bucket
    now = deployment.now
    return prove_page(runs, bucket, deployment.ledger, WORKSPACE, records, now, count)


def root_of(proof: PageProof) -> bytes:
    """The root that the covered records and the nodes give."""
    assert proof.file
    size = proof.file.checkpoint.size
    leaves = {each - 1: leaf_hash(proof.records[each]) for each in proof.records if each <= size}
    return slow_root_with(leaves, size, proof.nodes)


def assert_proved(proof: PageProof, records: Mapping[int, bytes]) -> None:
    """The proof is of exactly these records, in this order, and verifies."""
    assert (proof.reason, proof.fault) == (None, None)
    assert [*proof.records.items()] == [*records.items()]
    assert proof.file
    verdict = verified(proof.file)
    assert verdict.checkpoint.workspace_id == WORKSPACE
    assert root_of(proof) == verdict.checkpoint.root
