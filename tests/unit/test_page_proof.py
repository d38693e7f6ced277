"""The proof of a page gives the root of the checkpoint, with nothing superfluous and few calls."""

from __future__ import annotations

import random

import pytest
from indelible.checkpoints.requests import RestartRequest
from indelible.proving.page_proof import MOST_TILES, prove_page
from support.builders import SECOND, WORKSPACE
from support.deployment import Deployment
from support.proving import a_deployment, a_long_chain, record_at, runs_of
from unit.proved_pages import assert_proved, counted_bucket, prove, root_of, stored_records

LONG = [65_535, 65_536, 65_537, 65_792, 131_071, 131_072, 131_073, 1_000_000, 16_777_217]


def covered(size: int) -> Deployment:
    """A chain of so many records that runs have covered as it grew."""
    deployment = a_deployment()
    deployment.grow("ws_other", 3)
    done = 0
    while done < size:
        count = min(100, size - done)
        deployment.grow(WORKSPACE, count)
        deployment.run()
        done += count
    return deployment


@pytest.mark.parametrize("size", [1, 2, 3, 127, 128, 129, 255, 256, 257, 511, 512, 513, 700])
def test_every_kind_of_page_of_a_chain_is_proved(size: int) -> None:
    deployment, chosen = covered(size), random.Random(size)
    runs, limit = runs_of(deployment), min(100, size)
    every = range(1, size + 1)
    pages = [
        every[-limit:][::-1],
        every[:limit],
        every[size // 3 : size // 3 + limit],
        sorted(chosen.sample(every, min(25, size)), reverse=True),
        every[-1:],
    ]
    for page in pages:
        records = stored_records(deployment, page)
        assert_proved(prove(deployment, records, runs=runs), records)


@pytest.mark.parametrize("size", LONG)
def test_scattered_and_neighbouring_records_of_a_long_chain_are_proved(size: int) -> None:
    scattered = [*range(size // 7, size, size // 7), 0, 255, 256, 65_279, size - 1]
    neighbours = range(size // 2, size // 2 + 20)
    deployment = a_long_chain(size, *scattered, *neighbours)
    runs = runs_of(deployment)
    for indexes in (sorted({*scattered}, reverse=True), neighbours):
        records = {index + 1: record_at(index) for index in indexes}
        bucket = counted_bucket(deployment)
        assert_proved(prove(deployment, records, bucket, runs), records)
        assert len({*bucket.read_keys}) == len(bucket.read_keys)
        assert bucket.faults.calls == ["bucket.read_many"]


def test_a_page_of_neighbours_reads_as_few_tiles_as_one_event() -> None:
    indexes = range(300_000, 300_020)
    deployment = a_long_chain(1_000_000, *indexes)
    bucket = counted_bucket(deployment)
    prove(deployment, {index + 1: record_at(index) for index in indexes}, bucket)
    assert sorted(bucket.read_keys) == [
        "ws/ws_test/0/tile/0/x001/171",
        "ws/ws_test/0/tile/0/x003/905",
        "ws/ws_test/0/tile/1/004",
    ]


def test_the_tiles_of_a_page_are_charged() -> None:
    deployment = covered(700)
    counted: list[int] = []
    bucket = counted_bucket(deployment)
    prove(deployment, stored_records(deployment, [1, 300]), bucket, count=counted.append)
    assert len(bucket.read_keys) == 2
    assert sum(counted) == sum(len(bucket.objects[each]) for each in bucket.read_keys)


@pytest.mark.slow
def test_a_page_that_would_need_too_many_tiles_ends_earlier() -> None:
    size = 12_000_000
    indexes = [*range(5, size, size // 100)][:100]
    deployment = a_long_chain(size, *indexes)
    records = {index + 1: record_at(index) for index in reversed(indexes)}
    bucket = counted_bucket(deployment)
    proof = prove(deployment, records, bucket)
    assert 95 <= len(proof.records) < 100
    assert [*proof.records] == [*records][: len(proof.records)]
    assert proof.file
    assert root_of(proof) == proof.file.checkpoint.root
    assert len(bucket.read_keys) <= MOST_TILES
    rest = dict([*records.items()][len(proof.records) :])
    assert_proved(prove(deployment, rest), rest)


def test_records_that_are_not_covered_yet_need_no_node() -> None:
    deployment = covered(20)
    deployment.grow(WORKSPACE, 10)
    records = stored_records(deployment, range(30, 10, -1))
    proof = prove(deployment, records)
    assert_proved(proof, records)
    assert proof.file
    assert proof.file.checkpoint.size == 20
    records = stored_records(deployment, range(30, 20, -1))
    proof = prove(deployment, records)
    assert (proof.nodes, proof.reason, [*proof.records]) == ({}, None, [*records])


def test_records_that_a_newer_run_covers_are_proved_with_it() -> None:
    deployment = covered(20)
    runs = runs_of(deployment)
    prove(deployment, stored_records(deployment, [20]), runs=runs)
    deployment.grow(WORKSPACE, 10)
    deployment.run(after=10 * SECOND)
    records = stored_records(deployment, range(30, 10, -1))
    proof = prove(deployment, records, runs=runs)
    assert_proved(proof, records)
    assert proof.file
    assert proof.file.checkpoint.size == 30


def test_an_empty_page_has_the_checkpoint_file_alone() -> None:
    deployment = covered(20)
    proof = prove(deployment, {})
    assert (proof.records, proof.nodes, proof.reason) == ({}, {}, None)
    assert proof.file
    assert proof.file.checkpoint.size == 20


def test_another_workspace_has_its_own_checkpoint() -> None:
    deployment = covered(5)
    proof = prove_page(
        runs_of(deployment), deployment.bucket, deployment.ledger, "ws_other", {}, deployment.now,
        lambda _: None,
    )  # fmt: skip
    assert proof.file
    assert (proof.file.checkpoint.workspace_id, proof.file.checkpoint.size) == ("ws_other", 3)


def test_records_of_a_restarted_chain_are_proved_in_its_new_epoch() -> None:
    deployment = covered(700)
    deployment.cut(WORKSPACE, 600)
    deployment.turns.waiting = [RestartRequest(WORKSPACE, 0, 600, "the backup was older")]
    deployment.run()
    deployment.grow(WORKSPACE, 200)
    deployment.run()
    records = stored_records(deployment, (800, 769, 601, 600, 300, 1))
    proof = prove(deployment, records)
    assert_proved(proof, records)
    assert proof.file
    assert (proof.file.checkpoint.epoch, proof.file.checkpoint.size) == (1, 800)
