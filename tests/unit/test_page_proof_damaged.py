"""A page whose records or tiles were changed: its proof shows that, or says why there is none."""

from __future__ import annotations

from dataclasses import replace

import pytest
from indelible.chain.hashes import leaf_hash
from indelible.chain.segment import Segment, read_records
from indelible.errors import DamagedItem, Unavailable, Unreadable
from indelible.proving.page_proof import PageProof
from support.builders import WORKSPACE, rewritten
from support.deployment import Deployment, damaged
from support.proving import a_deployment, a_long_chain, record_at
from unit.proved_pages import prove, root_of, stored_records


def covered(*counts: int) -> Deployment:
    """A covered chain of segments of so many records."""
    deployment = a_deployment()
    deployment.grow(WORKSPACE, *counts)
    deployment.run()
    return deployment


def tamper(deployment: Deployment, sequence: int) -> None:
    """Change one record, and all hashes of its segment so that they fit."""
    [segment] = [each for each in deployment.ledger.chain(WORKSPACE) if each.holds(sequence)]
    deployment.ledger.load([_changed(segment, sequence - segment.first_sequence)])


def _changed(segment: Segment, place: int) -> Segment:
    records = read_records(segment)
    records[place] = records[place].replace(b"document.created", b"document.deleted")
    return rewritten(segment, records)


def others(proof: PageProof) -> list[int]:
    """The sequences of the records that are not those of the leaves in the proof."""
    return [
        sequence
        for sequence, record in proof.records.items()
        if proof.nodes[0, sequence - 1] != leaf_hash(record)
    ]


def test_a_changed_record_is_sent_as_it_is_with_the_leaves_that_name_it() -> None:
    deployment = covered(*[50] * 6)
    tamper(deployment, 103)
    records = stored_records(deployment, range(120, 90, -1))
    proof = prove(deployment, records)
    assert [*proof.records.items()] == [*records.items()]
    assert (others(proof), proof.reason) == ([103], None)
    assert isinstance(proof.fault, Unreadable)
    assert "records 91 to 120 of ws_test" in str(proof.fault)
    as_covered = replace(
        proof, nodes={n: proof.nodes[n] for n in proof.nodes if not _own(proof, n)}
    )
    assert proof.file
    assert root_of(as_covered) != proof.file.checkpoint.root


def _own(proof: PageProof, node: tuple[int, int]) -> bool:
    return node[0] == 0 and node[1] + 1 in proof.records


def test_a_page_beside_a_changed_record_of_a_full_tile_still_verifies() -> None:
    deployment = covered(*[50] * 6)
    tamper(deployment, 103)
    proof = prove(deployment, stored_records(deployment, range(90, 60, -1)))
    assert proof.fault is None
    assert proof.file
    assert root_of(proof) == proof.file.checkpoint.root


def test_a_changed_neighbour_in_the_unfinished_tile_is_never_hidden() -> None:
    """Its leaf is read from the chain, so the page with it does not verify."""
    deployment = covered(5, 5)
    tamper(deployment, 3)
    proof = prove(deployment, stored_records(deployment, [8]))
    assert isinstance(proof.fault, Unreadable)
    assert proof.file
    nodes = {each: proof.nodes[each] for each in proof.nodes if each != (0, 7)}
    assert root_of(replace(proof, nodes=nodes)) != proof.file.checkpoint.root


@pytest.mark.parametrize("content", [None, b"", bytes(8_192 - 32)])
def test_a_tile_that_is_gone_or_cut_off_gives_no_proof_but_the_page(content: bytes | None) -> None:
    deployment = a_long_chain(1_000, 700)
    key = "ws/ws_test/0/tile/0/002"
    del deployment.bucket.objects[key]
    if content is not None:
        deployment.bucket.objects[key] = content
    records = {701: record_at(700)}
    proof = prove(deployment, records)
    assert (proof.file, proof.nodes, proof.records) == (None, {}, records)
    assert isinstance(proof.reason, DamagedItem | Unreadable)
    assert proof.fault is proof.reason


def test_a_tile_with_other_hashes_gives_a_proof_that_does_not_verify() -> None:
    deployment = a_long_chain(1_000, 700)
    key = "ws/ws_test/0/tile/0/002"
    deployment.bucket.objects[key] = bytes(8_192) + deployment.bucket.objects[key][8_192:]
    proof = prove(deployment, {701: record_at(700)})
    assert isinstance(proof.fault, Unreadable)
    assert others(proof) == [701]


def test_a_chain_that_lost_records_of_the_unfinished_tile_gives_no_proof() -> None:
    deployment = covered(5, 5, 5)
    records = stored_records(deployment, [13])
    kept = deployment.ledger.chain(WORKSPACE)[:1]
    deployment.ledger.chains[WORKSPACE] = {}
    deployment.ledger.load(kept)
    proof = prove(deployment, records)
    assert proof.file is None
    assert isinstance(proof.fault, Unreadable)


def test_a_held_chain_proves_what_is_covered_and_says_why_the_rest_is_not() -> None:
    deployment = covered(5)
    deployment.ledger.load([damaged(each) for each in deployment.grow(WORKSPACE, 5)])
    deployment.run()
    records = stored_records(deployment, range(10, 2, -1))
    proof = prove(deployment, records)
    assert proof.file
    assert proof.file.checkpoint.size == 5
    assert root_of(proof) == proof.file.checkpoint.root
    assert proof.reason
    assert proof.reason.code == "chain_damaged"
    assert "up to record 5: what follows does not verify" in str(proof.reason.public_message)
    assert prove(deployment, stored_records(deployment, [4, 3])).reason is None


def test_a_chain_that_is_held_from_its_beginning_has_no_checkpoint() -> None:
    deployment = a_deployment()
    deployment.ledger.load([damaged(each) for each in deployment.grow(WORKSPACE, 5)])
    deployment.run()
    proof = prove(deployment, stored_records(deployment, [2, 1]))
    assert (proof.file, proof.nodes, proof.fault) == (None, {}, None)
    assert proof.reason
    assert proof.reason.code == "chain_damaged"
    assert "up to record 0" in str(proof.reason.public_message)


def test_before_the_first_run_the_proof_is_not_ready() -> None:
    deployment = a_deployment()
    deployment.grow(WORKSPACE, 5)
    proof = prove(deployment, stored_records(deployment, [2, 1]))
    assert proof.reason
    assert (proof.file, proof.reason.code, proof.fault) == (None, "not_ready", None)


def test_a_service_that_fails_withholds_the_proof_and_not_the_page() -> None:
    deployment = covered(*[50] * 6)
    records = stored_records(deployment, [1])
    deployment.bucket.faults.plan("bucket.read_many", "before")
    proof = prove(deployment, records)
    assert isinstance(proof.reason, Unavailable)
    assert (proof.records, proof.fault) == (records, None)
